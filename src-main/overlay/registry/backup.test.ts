import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../base/index.ts'
import { isLive, type RegisteredNode } from '../../ledger/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import type { S2Node } from '../node/node.ts'
import { OperatorDesk } from './departure.ts'
import { startRegistry, type TestRegistry } from './test-registry.ts'

let net: TestRegistry
beforeAll(async () => void (net = await startRegistry(1_500)))
afterAll(() => net.stop())

const BACKUP = ['operator.json', 'node.json']
let name: string
let count = 0
beforeEach(() => void (name = `node-${count++}`))

const desk = () =>
  OperatorDesk.open({ dataDir: join(net.folder, name), ledger: net.ledger, clock: systemClock, log: silentLog })

async function started(): Promise<S2Node> {
  const node = net.node(name)
  await node.start()
  await waitFor(() => node.status().registry?.registration?.state === 'live', 8_000)
  return node
}

/** As after the loss of its disk: only what the operator backed up is there, and nobody renewed it for two epochs. */
async function lost(files = BACKUP): Promise<RegisteredNode> {
  const node = await started()
  const { record } = await (await desk()).status()
  if (!record) throw new Error('not registered')
  await node.stop()
  const [folder, backup] = [join(net.folder, name), join(net.folder, `${name}-backup`)]
  await mkdir(backup)
  for (const file of files) await cp(join(folder, file), join(backup, file))
  await rm(folder, { recursive: true })
  await cp(backup, folder, { recursive: true })
  const isLapsed = async () => {
    const [now] = await net.registry.records([record.object])
    return now !== undefined && !isLive(now, (await net.ledger.epoch()).epoch)
  }
  await expect.poll(isLapsed).toBe(true)
  return record
}

async function recordsOf(nodeKey: string): Promise<RegisteredNode[]> {
  const found: string[] = []
  for (let cursor: string | undefined, more = true; more;) {
    const page = await net.registry.events({ order: 'newest', limit: 50, ...(cursor && { cursor }) })
    found.push(...page.events.map(({ object }) => object))
    ;({ cursor, more } = page)
  }
  return (await net.registry.records(found)).filter((record) => record.nodeKey === nodeKey)
}

it('the backup gives the stake back long after the node was lost', async () => {
  const { object } = await lost()
  const operator = await desk()
  expect(await operator.status()).toMatchObject({ state: 'lapsed', record: { object } })
  await expect(operator.withdraw(net.owner.address)).rejects.toMatchObject({ code: 'conflict', reason: 'stake_held' })
  const freeFrom = await operator.leave()
  await expect.poll(async () => (await net.ledger.epoch()).epoch >= freeFrom).toBe(true)
  const { records, nanos } = await (await desk()).withdraw(net.owner.address)
  expect(records).toBe(1)
  expect(nanos).toBeGreaterThan(1_000_000_000n)
  expect(await net.registry.records([object])).toEqual([])
  expect(await operator.status()).toMatchObject({ state: 'none', balance: 0n })
}, 30_000)

it('a node that comes back from its backup renews its lapsed record and pays no second stake', async () => {
  const { object, nodeKey } = await lost()
  const node = await started()
  expect(await (await desk()).status()).toMatchObject({ state: 'live', record: { object }, others: [] })
  expect((await recordsOf(nodeKey)).map((record) => record.object)).toEqual([object])
  await node.stop()
}, 30_000)

it('two records of one account, after the loss of the node key, are both named, and each stake comes back', async () => {
  const old = await lost(['operator.json'])
  const node = await started()
  const operator = await desk()
  const { record, others } = await operator.status()
  expect(record?.nodeKey).toBe(node.nodeId)
  expect(others.map(({ object }) => object)).toEqual([old.object])
  // The account still pays for the other one.
  await expect(operator.withdraw(net.owner.address, old.object)).rejects.toMatchObject({ code: 'conflict' })
  const freeFrom = await operator.leave(old.object)
  await expect.poll(async () => (await net.ledger.epoch()).epoch >= freeFrom).toBe(true)
  await expect(operator.withdraw(net.owner.address, old.object)).rejects.toMatchObject({ reason: 'record_left' })
  expect(await operator.withdraw(undefined, old.object)).toMatchObject({ records: 1 })
  const left = { state: 'live', record: { nodeKey: node.nodeId }, others: [] }
  await expect.poll(() => operator.status()).toMatchObject(left)
  await expect(operator.leave(old.object)).rejects.toMatchObject({ code: 'not_found' })
  await node.stop()
}, 30_000)
