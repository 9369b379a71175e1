import { expect, test } from 'vitest'
import { countReach } from './paths.ts'

test('every contact is counted once, by the way that it is reached', () => {
  const peers = new Map(
    (
      [
        { address: 'a', path: 'direct', way: 'lan' },
        { address: 'b', path: 'direct', way: 'turn' },
        { address: 'c', path: 'relay' },
        { address: 'stranger', path: 'relay' },
      ] as const
    ).map((peer) => [peer.address, peer]),
  )
  expect(countReach(['a', 'b', 'c', 'd'], peers)).toEqual({ direct: 1, turn: 1, relay: 1, ledger: 0, offline: 1 })
})
