import { expect, it } from 'vitest'
import { ParleyError } from '../../contract/index.ts'
import type { LinkedNode } from '../fees/linked-node.ts'
import { GatewayClient } from './transport.ts'

it('a node that passed nothing on is asked again some minutes later', async () => {
  let [steady, asked] = [0, 0]
  const request = () => Promise.reject(new ParleyError('not_supported', `asked ${++asked} times`))
  const node = { nodeKey: 'ab', home: true, endpoint: '', request } as unknown as LinkedNode
  const gateway = new GatewayClient({ chain: '0badcafe', nodes: () => [node], clock: { steady: () => steady } })
  const ask = () => expect(gateway.relay()).rejects.toMatchObject({ code: 'ledger_unreachable' })
  await ask()
  await ask()
  expect(asked).toBe(1)
  steady += 10 * 60_000
  await ask()
  expect(asked).toBe(2)
})
