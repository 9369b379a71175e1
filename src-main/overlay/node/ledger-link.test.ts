import { expect, it, vi } from 'vitest'
import { type Clock, type Log, silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { createTestNode, fixedLedger, waitFor } from '../../testing/testnet-nodes.ts'
import { createDevice } from '../test-device.ts'
import { LedgerLink } from './ledger-link.ts'

it('a node whose ledger is away at the start refuses links with a reason and serves once it is there', async () => {
  let up = false
  const lines: unknown[] = []
  const note = (fields: object, message: string) => void lines.push([fields, message])
  const log: Log = { ...silentLog, info: note, warn: note, child: () => log }
  const real = fixedLedger()
  const refuse = () => Promise.reject(new ParleyError('ledger_unreachable', 'away'))
  const ledger = { chain: () => (up ? real.chain() : refuse()), epoch: () => (up ? real.epoch() : refuse()) }
  const node = createTestNode({ ledger, log })
  await node.start()
  const device = createDevice([node.endpoint])
  await device.overlay.start()
  await waitFor(() => device.overlay.links()[0]?.reason === 'ledger_unreachable')
  expect(device.overlay.links()[0]?.state).not.toBe('connected')
  up = true
  await waitFor(() => device.overlay.links()[0]?.state === 'connected', 8_000)
  await waitFor(() => lines.length >= 2)
  const away = [{ code: 'ledger_unreachable' }, 'the ledger cannot be reached; trying again']
  expect(lines, 'one line for each change, not for each attempt').toEqual([away, [{}, 'the ledger answers again']])
  await device.overlay.stop()
  await node.stop()
})

it('a start that waits for a ledger which hangs ends with `stop`', async () => {
  const hangs = () => new Promise<never>(() => {})
  const registry = { meta: () => undefined, setMeta: () => Promise.resolve() }
  const parts = { clock: systemClock, random: systemRandom, log: silentLog, onChange: () => {} }
  const link = new LedgerLink({ ledger: { chain: hangs, epoch: hangs }, registry, ...parts })
  const starting = link.start(600_000)
  link.stop()
  await starting
}, 6_000)

it('what cannot be kept on a full disk counts all the same, and the chain is kept once there is room', async () => {
  const kept = new Map<string, Uint8Array>()
  let full = true
  const registry = {
    meta: (name: string) => kept.get(name),
    setMeta: (name: string, value: Uint8Array) => {
      if (full) return Promise.reject(new ParleyError('storage_full', 'full'))
      kept.set(name, value)
      return Promise.resolve()
    },
  }
  let waiting: (() => void)[] = []
  const clock: Clock = {
    ...systemClock,
    after: (_, task) => {
      waiting.push(task)
      return () => (waiting = waiting.filter((each) => each !== task))
    },
  }
  const salt = new Uint8Array(32).fill(7)
  const ledger = { ...fixedLedger(), epoch: () => Promise.resolve({ epoch: 1n, salt }) }
  const chains = vi.spyOn(ledger, 'chain')
  const onChange = () => {}
  const link = new LedgerLink({ ledger, registry, clock, random: systemRandom, log: silentLog, onChange })
  await link.start(1_000)
  await waitFor(() => link.salts().some((each) => Buffer.from(each).equals(salt)))
  expect([link.chain, link.reachable, chains.mock.calls.length]).toEqual(['0badcafe', true, 1])
  full = false
  await waitFor(() => {
    for (const task of waiting.splice(0)) task()
    return kept.has('chain') && kept.has('salt')
  })
  expect(chains).toHaveBeenCalledOnce()
  link.stop()
})
