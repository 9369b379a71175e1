import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clock, silentLog, systemClock } from '../../base/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { RegistryFollower } from './follower.ts'
import { JsonFile } from './files.ts'
import { knownSchema } from './known-records.ts'
import { startRegistry, type TestRegistry } from './test-registry.ts'

let net: TestRegistry
beforeAll(async () => void (net = await startRegistry(3_600_000)))
afterAll(() => net.stop())

it('a node that is to register where there is no registry says so at its start, and registers once there is one', async () => {
  const warnings: { fields: object; line: string }[] = []
  const infos: string[] = []
  const log = {
    ...silentLog,
    warn: (fields: object, line: string) => void warnings.push({ fields, line }),
    info: (_fields: object, line: string) => void infos.push(line),
    child: () => log,
  }
  // Five minutes of a node's are half a second here.
  const clock: Clock = { ...systemClock, after: (ms, task) => systemClock.after(ms / 600, task) }
  let published = false
  const find = () => (published ? net.ledger.registry() : Promise.resolve(undefined))
  const node = net.node('early', { clock, log, registry: { find, register: { ledger: net.ledger } } })
  await node.start()
  expect(node.status().registry?.registration?.state).toBe('no_registry')
  const said = warnings.filter(({ line }) => line.includes('no registry'))
  expect(said).toEqual([{ fields: {}, line: expect.stringContaining('send its account nothing') as string }])
  expect(infos).not.toContain('this node registers itself; the account pays')
  published = true
  await waitFor(() => node.status().registry?.registration?.state === 'live', 10_000)
  expect(infos).toContain('this node registers itself; the account pays')
  expect(warnings.filter(({ line }) => line.includes('no registry'))).toHaveLength(1)
  await node.stop()
}, 20_000)

it('a start that waits for a registry which hangs ends with `stop`, and one that was stopped does not look', async () => {
  let asked = 0
  const follow = () =>
    new RegistryFollower({
      find: () => (asked++, new Promise<never>(() => {})),
      epoch: () => net.ledger.epoch(),
      file: new JsonFile(undefined, 'registry.json', knownSchema),
      clock: systemClock,
      log: silentLog,
    })
  const one = follow()
  const starting = one.start(600_000)
  await waitFor(() => asked === 1)
  one.stop()
  await starting
  const other = follow()
  other.stop()
  await other.start(600_000)
  expect(asked).toBe(1)
})

it('a ledger without a registry is looked at every five minutes', async () => {
  const waits: number[] = []
  const clock: Clock = { ...systemClock, after: (ms) => (waits.push(ms), () => {}) }
  const follower = new RegistryFollower({
    find: () => Promise.resolve(undefined),
    epoch: () => net.ledger.epoch(),
    file: new JsonFile(join(net.folder, 'missing'), 'registry.json', knownSchema),
    clock,
    log: silentLog,
  })
  await follower.start(3_000)
  expect(waits).toEqual([300_000])
  follower.stop()
})
