import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { fixedLedger, hastyClock, startNodes, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { parseNodeAddress } from '../link/address.ts'
import { createDevice, type TestDevice, type TestDeviceOptions } from '../test-device.ts'
import type { KnownNode, NodeMemory } from '../types.ts'

const DAY = 24 * 3_600_000
let net: TestNodes
const devices: TestDevice[] = []

afterEach(async () => {
  await Promise.all(devices.splice(0).map(({ overlay }) => overlay.stop()))
  await net.stop()
  await rm(folder, { recursive: true, force: true })
})

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-links-'))
})

const start = async (count: number) => {
  const limits = { acceptPerHost: { perSecond: 1_000, burst: 2_000 } }
  net = await startNodes(count, { ledger: fixedLedger(), limits, dataDir: (index) => join(folder, `${index}`) })
}
const homes = ({ overlay }: TestDevice) =>
  overlay
    .links()
    .filter(({ state, home }) => state === 'connected' && home)
    .map(({ endpoint }) => endpoint)
const indexOf = (url: string) => net.addresses.findIndex((address) => address.startsWith(`${url}#`))

async function linked(nodes: readonly string[], contacts: string[] = [], options: TestDeviceOptions = {}) {
  const device = createDevice(nodes, options)
  devices.push(device)
  device.overlay.setContacts(contacts)
  await device.overlay.start()
  await waitFor(() => homes(device).length === 3, 10_000)
  await device.overlay.contactsTold()
  return device
}

it('a device whose home nodes all die is linked to others, is found there, and its messages arrive', async () => {
  await start(8)
  const alice = await linked(net.addresses.slice(0, 1))
  const bob = await linked(net.addresses.slice(0, 1), [alice.to.address])
  const dead = homes(bob).map(indexOf)
  await Promise.all(dead.map((index) => net.kill(index)))
  await waitFor(() => homes(bob).length === 3 && !homes(bob).some((url) => dead.includes(indexOf(url))), 15_000)
  await waitFor(() => homes(alice).length === 3, 15_000)
  expect(await alice.overlay.lookup(bob.to.address)).toHaveLength(1)
  expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('delivered')
  const [first = 0] = dead
  await net.revive(first)
  await waitFor(() => homes(bob).map(indexOf).includes(first), 15_000)
  await waitFor(() => bob.overlay.links().filter(({ state }) => state === 'connected').length === 3, 10_000)
})

it('every node that a device was given is tried, also when the first to answer does not know the others', async () => {
  await start(1)
  const others = await Promise.all([1, 2].map(() => startNodes(1, { ledger: fixedLedger() })))
  try {
    const given = [net, ...others].flatMap(({ addresses }) => addresses)
    const device = await linked(given)
    expect(homes(device).sort()).toEqual(given.map((address) => address.replace(/#.*/, '')).sort())
    const [gone] = others
    await gone?.kill(0)
    await waitFor(() => homes(device).length === 2, 10_000)
  } finally {
    await Promise.all(others.map((other) => other.stop()))
  }
})

it('a given node that refuses for its clock stays in sight while another one works, and is linked once it is right', async () => {
  await start(1)
  const wrong = hastyClock()
  wrong.set(-3_600_000)
  const other = await startNodes(1, { ledger: fixedLedger(), clock: wrong })
  try {
    const device = createDevice([...net.addresses, ...other.addresses])
    devices.push(device)
    await device.overlay.start()
    const states = () => device.overlay.links().map(({ state, reason = '' }) => `${state} ${reason}`.trim())
    // Seen again after it was refused once more: it is not only not closed yet.
    for (let times = 0; times < 2; times++) {
      await waitFor(() => states().includes('connecting expired'), 10_000)
      await waitFor(() => states().join() === 'connected,waiting expired', 10_000)
    }
    wrong.set(0)
    await waitFor(() => states().join() === 'connected,connected', 15_000)
  } finally {
    await other.stop()
  }
}, 30_000)

it('a device finds its way by the nodes that it has learnt when those that it was given are gone', async () => {
  await start(5)
  let kept: readonly KnownNode[] = []
  const memory: NodeMemory = { load: () => kept, save: (nodes) => (kept = nodes) }
  const given = net.addresses.slice(0, 1)
  const first = await linked(given, [], { memory })
  await first.overlay.stop()
  expect(kept).toHaveLength(5)
  await net.kill(0)
  await linked(given, [], { memory, identity: first.identity })
  const lost = createDevice(given)
  devices.push(lost)
  await lost.overlay.start()
  await waitFor(() => lost.overlay.links()[0]?.state === 'waiting')
  expect(homes(lost)).toEqual([])
})

it('nodes that do not answer where they were are found where the ledger says that they are now', async () => {
  await start(1)
  const lost = createDevice([])
  const [real] = net.nodes
  const { fingerprint } = parseNodeAddress(net.addresses[0] ?? '')
  const nodeKey = real?.nodeId ?? ''
  const moved = { nodeKey, fingerprint, endpoints: ['wss://127.0.0.1:1'] }
  const kept = createDevice([], { memory: { load: () => [moved], save: () => {} } })
  devices.push(lost, kept)
  await Promise.all([lost, kept].map(({ overlay }) => overlay.start()))
  await waitFor(() => kept.overlay.links()[0]?.state === 'waiting')
  const now = { nodeKey, fingerprint, endpoints: [real?.endpoint.replace(/#.*/, '') ?? ''] }
  for (const { overlay } of [lost, kept]) overlay.learn([now])
  await waitFor(() => [lost, kept].every((device) => homes(device).length === 1), 5_000)
})
