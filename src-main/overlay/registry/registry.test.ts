import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Log, makeFolder, silentLog, systemClock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { parseNodeAddress } from '../link/address.ts'
import { OperatorDesk } from './departure.ts'
import { JsonFile } from './files.ts'
import { RegistryFollower } from './follower.ts'
import { knownSchema } from './known-records.ts'
import { keyOf, newKey, startRegistry, type TestRegistry } from './test-registry.ts'

const EPOCH_MS = 1_500
let net: TestRegistry
beforeAll(async () => void (net = await startRegistry(EPOCH_MS)))
afterAll(() => net.stop())

const desk = async (name: string) => {
  const dataDir = join(net.folder, name)
  return OperatorDesk.open({ dataDir, ledger: net.ledger, clock: systemClock, log: silentLog })
}
const follow = (name: string | undefined, find = () => net.ledger.registry()) =>
  new RegistryFollower({
    find,
    epoch: () => net.ledger.epoch(),
    file: new JsonFile(name && join(net.folder, name), 'registry.json', knownSchema),
    clock: systemClock,
    log: silentLog,
  })

describe('nodes with a registry', () => {
  it('find each other by it alone, stay while they renew, and lose the one that stops renewing', async () => {
    const [one, two, three] = [net.node('one'), net.node('two'), net.node('three')]
    for (const node of [one, two, three]) await node.start()
    await waitFor(() => [one, two, three].every((node) => node.peers().length === 2), 8_000)
    expect(one.status().registry).toMatchObject({ inForce: true, nodes: 3, registration: { state: 'live' } })
    expect(two.peers().every(({ object }) => object !== null)).toBe(true)
    const { epoch } = await net.ledger.epoch()
    await waitFor(() => one.status().map.nodes === 3, 8_000)
    await three.stop()
    await waitFor(() => one.status().map.nodes === 2 && two.status().map.nodes === 2, 10_000)
    expect((await net.ledger.epoch()).epoch).toBeGreaterThan(epoch)
    expect(one.status().registry?.registration?.state).toBe('live')
    await Promise.all([one.stop(), two.stop()])
  }, 30_000)

  it('write a line for each renewal', async () => {
    const epochs: unknown[] = []
    const info = (fields: object, line: string) => line === 'the registration is renewed' && epochs.push(fields)
    const log = { ...silentLog, info, child: () => log } as Log
    const node = net.node('renewer', { log })
    await node.start()
    await waitFor(() => epochs.length === 2, 8_000)
    expect(epochs).toEqual([0, 1].map(() => ({ epoch: expect.stringMatching(/^\d+$/) as string })))
    expect(new Set(epochs.map((fields) => JSON.stringify(fields))).size).toBe(2)
    await node.stop()
  }, 20_000)

  it('leaves when it is told so, does not come back by itself, and gets its stake back after two epochs', async () => {
    const node = net.node('leaver')
    await node.start()
    await waitFor(() => node.status().registry?.registration?.state === 'live', 5_000)
    const operator = await desk('leaver')
    await expect(operator.withdraw()).rejects.toMatchObject({ code: 'conflict' })
    const freeFrom = await operator.leave()
    expect(await operator.leave()).toBe(freeFrom)
    await waitFor(() => node.status().registry?.registration?.state === 'leaving', 5_000)
    const before = (await operator.status()).balance
    while ((await operator.status()).epoch < freeFrom) await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await operator.status()).state).toBe('leaving')
    expect((await operator.withdraw(net.owner.address)).nanos).toBeGreaterThan(before + 999_000_000n)
    expect((await operator.status()).balance).toBe(0n)
    await new Promise((resolve) => setTimeout(resolve, EPOCH_MS))
    expect((await operator.status()).state).toBe('none')
    await node.stop()
  }, 30_000)

  it('a change of its endpoints is told to the registry at the next start', async () => {
    const first = net.node('mover')
    await first.start()
    await waitFor(() => first.status().registry?.registration?.state === 'live', 5_000)
    const object = first.status().registry?.registration?.object ?? ''
    await first.stop()
    const second = net.node('mover', { publicHost: 'node.example.org' })
    await second.start()
    const endpoint = async () => (await net.registry.records([object]))[0]?.profile.endpoints[0]
    await expect.poll(endpoint).toMatch(/^wss:\/\/node\.example\.org:\d+$/)
    expect(second.status().registry?.registration?.object).toBe(object)
    await second.stop()
  }, 20_000)
})

describe('following', () => {
  it('reads records back over several pages, and the same again from disk while the ledger is away', async () => {
    const keys = Array.from({ length: 70 }, newKey)
    for (const key of keys) await net.register(key)
    const follower = follow('follower')
    await makeFolder(join(net.folder, 'follower'), 'folder')
    await follower.start(10_000)
    const live = [...follower.live.keys()]
    follower.stop()
    expect(live.length).toBeGreaterThan(0)
    const away = () => Promise.reject(new ParleyError('ledger_unreachable', 'away'))
    const again = follow('follower', away)
    await again.start(1_000)
    expect([...again.live.keys()].sort()).toEqual(live.sort())
    expect(again.inForce).toBe(true)
    again.stop()
  }, 40_000)

  it('takes what happened while it was off, and begins anew where the ledger forgot its place', async () => {
    const first = follow('late')
    await makeFolder(join(net.folder, 'late'), 'folder')
    await first.start(10_000)
    first.stop()
    const key = newKey()
    const record = await net.register(key)
    const second = follow('late')
    await second.start(10_000)
    await waitFor(() => second.live.has(keyOf(key)), 5_000)
    await net.submit(await net.registry.prepareChange({ kind: 'leave', record }))
    await second.refresh()
    expect(second.live.has(keyOf(key))).toBe(false)
    second.stop()
    const file = new JsonFile(join(net.folder, 'late'), 'registry.json', knownSchema)
    const kept = await file.read()
    const text = JSON.stringify({ ...kept, cursor: '11111111111111111111111111111112:0', records: [] }, (_, value) =>
      typeof value === 'bigint' ? value.toString() : value,
    )
    await file.write(JSON.parse(text))
    const other = newKey()
    await net.register(other)
    const third = follow('late')
    await third.start(10_000)
    await waitFor(() => third.live.has(keyOf(other)), 5_000)
    third.stop()
  }, 30_000)
})

it('keys ground next to a victim stay off the map: only who is registered or given by hand counts', async () => {
  const [guard, friend] = [net.node('guard'), net.node('friend', { registry: { find: () => net.ledger.registry() } })]
  await friend.start()
  const given = net.node('given', { peers: [parseNodeAddress(friend.endpoint)] })
  for (const node of [guard, given]) await node.start()
  await waitFor(() => guard.peers().length > 0 && given.peers().length > 1, 8_000)
  // Unregistered nodes that link to them, as many as an attacker likes.
  const peers = [parseNodeAddress(guard.endpoint), parseNodeAddress(given.endpoint)]
  const attackers = Array.from({ length: 4 }, (_, index) =>
    net.node(`attacker-${index}`, { peers, registry: { find: () => Promise.resolve(undefined) } }),
  )
  for (const attacker of attackers) await attacker.start()
  await waitFor(() => attackers.every((attacker) => attacker.peers().length >= 2), 8_000)
  await new Promise((resolve) => setTimeout(resolve, 500))
  const known = (node: typeof guard) => node.peers().map(({ nodeKey }) => nodeKey)
  for (const attacker of attackers) {
    expect(known(guard)).not.toContain(attacker.nodeId)
    expect(known(given)).not.toContain(attacker.nodeId)
  }
  expect(known(given)).toContain(friend.nodeId)
  expect(known(guard)).not.toContain(friend.nodeId)
  await Promise.all([guard, friend, given, ...attackers].map((node) => node.stop()))
}, 30_000)
