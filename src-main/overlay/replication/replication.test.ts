import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedLedger, startNodes, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { createTcpProxy } from '../../testing/tcp-proxy.ts'
import { createDevice, type TestDevice, type TestDeviceOptions } from '../test-device.ts'

const DAY = 24 * 3_600_000
const ROOM = { acceptPerHost: { perSecond: 1_000, burst: 2_000 } }
let net: TestNodes
let folder: string
const devices: TestDevice[] = []

beforeEach(async () => {
  killed.clear()
  folder = await mkdtemp(join(tmpdir(), 'parley-replication-'))
})
afterEach(async () => {
  await Promise.all(devices.splice(0).map(({ overlay }) => overlay.stop()))
  await net.stop()
  await rm(folder, { recursive: true, force: true })
})

async function start(count: number): Promise<void> {
  net = await startNodes(count, { ledger: fixedLedger(), limits: ROOM, dataDir: (index) => join(folder, `${index}`) })
}
async function linked(contacts: string[] = [], options: TestDeviceOptions = {}, nodes = net.addresses) {
  const device = createDevice(nodes, options)
  devices.push(device)
  device.overlay.setContacts(contacts)
  await device.overlay.start()
  const wanted = Math.min(3, net.nodes.length)
  await waitFor(
    () => device.overlay.links().filter(({ state, home }) => state === 'connected' && home).length >= wanted,
  )
  await device.overlay.contactsTold()
  return device
}
/** Bob's devices are known to his home nodes, and he is away; Alice may write to him. */
async function bobAway(): Promise<{ alice: TestDevice; bob: TestDevice }> {
  const alice = await linked()
  const bob = await linked([alice.to.address])
  await bob.overlay.stop()
  return { alice, bob }
}
const killed = new Set<number>()
const mails = () => net.nodes.map((node, index) => (killed.has(index) ? -1 : node.status().mail.envelopes))
async function kill(index: number): Promise<void> {
  killed.add(index)
  await net.kill(index)
}
async function revive(index: number): Promise<void> {
  await net.revive(index)
  killed.delete(index)
}
const indexOf = (url: string) => net.addresses.findIndex((address) => address.startsWith(url))

describe('mail', () => {
  it('that was queued is read at any other home node when one is killed', async () => {
    await start(5)
    const { alice, bob } = await bobAway()
    const sent: string[] = []
    for (let index = 0; index < 20; index++) {
      const { id, bytes } = alice.envelope()
      expect(await alice.overlay.send(bob.to, bytes, 'message', DAY)).toBe('queued')
      sent.push(id)
    }
    await waitFor(() => mails().filter((count) => count === 20).length === 3)
    await kill(mails().indexOf(20))
    const again = await linked([alice.to.address], { identity: bob.identity })
    await waitFor(() => again.received.length >= 20)
    expect(new Set(again.received.map(({ id }) => id))).toEqual(new Set(sent))
    expect(again.received).toHaveLength(20)
  })

  it('that is accepted at one home node is removed at all, also at one that was away', async () => {
    await start(4)
    const { alice, bob } = await bobAway()
    for (let index = 0; index < 5; index++) await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)
    await waitFor(() => mails().filter((count) => count === 5).length === 3)
    const away = mails().indexOf(5)
    await kill(away)
    const again = await linked([alice.to.address], { identity: bob.identity })
    await waitFor(() => again.received.length === 5)
    await waitFor(() => mails().every((count, index) => index === away || count === 0))
    await revive(away)
    await waitFor(() => mails()[away] === 0)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(again.received).toHaveLength(5)
  })

  it('that came while a home node was away is there when it is back', async () => {
    await start(3)
    const { alice, bob } = await bobAway()
    await kill(1)
    for (let index = 0; index < 30; index++)
      expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('queued')
    await revive(1)
    await waitFor(() => mails()[1] === 30)
    await kill(0)
    await kill(2)
    const again = createDevice(net.addresses, { identity: bob.identity })
    devices.push(again)
    await again.overlay.start()
    await waitFor(() => again.received.length === 30)
  })

  it('is queued with one living home node, and with a stand-in where a home node is dead', async () => {
    await start(5)
    const { alice, bob } = await bobAway()
    await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)
    await waitFor(() => mails().filter((count) => count === 1).length === 3)
    const homes = mails().flatMap((count, index) => (count === 1 ? [index] : []))
    await kill(homes[0] ?? 0)
    expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('queued')
    const living = net.nodes.map((_, index) => index).filter((index) => index !== homes[0])
    // The stand-in has what came since, the two others both.
    await waitFor(
      () =>
        living
          .map((index) => mails()[index] ?? 0)
          .sort()
          .join() === '0,1,2,2',
    )
    await revive(homes[0] ?? 0)
    await waitFor(() => mails()[homes[0] ?? 0] === 2)
    // And hands it on when the home node is back.
    await waitFor(() => mails().filter((count) => count > 0).length === 3, 15_000)
    for (const index of living.slice(1)) await kill(index)
    await kill(homes[0] ?? 0)
    await waitFor(() =>
      alice.overlay.links().some(({ state, endpoint }) => state === 'connected' && indexOf(endpoint) === living[0]),
    )
    const last = alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)
    expect(await last).toBe('queued')
  })
})

describe('what a node knows of an address', () => {
  it('is at every candidate: allow list, device and last resort, the newest of each', async () => {
    await start(5)
    const alice = await linked()
    const bob = await linked()
    await expect(alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).rejects.toMatchObject({
      code: 'not_a_contact',
    })
    bob.overlay.setContacts([alice.to.address])
    await bob.overlay.publishKeyPackages([], Uint8Array.of(7))
    await bob.overlay.contactsTold()
    const homes = bob.overlay.links().map(({ endpoint }) => indexOf(endpoint))
    await bob.overlay.stop()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await Promise.all(homes.map((index) => kill(index)))
    await waitFor(() => alice.overlay.links().filter(({ state }) => state === 'connected').length === 2)
    expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('queued')
    const [taken] = await alice.overlay.takeKeyPackages(bob.to.address)
    expect(taken?.keyPackage).toEqual(Uint8Array.of(7))
  })
})

it('two nodes that are cut off from each other without a word take mail, and have the same when they meet again', async () => {
  const proxies = [await createTcpProxy(), await createTcpProxy()]
  const via = (from: number, to: number, address: string) => {
    const proxy = proxies[from]
    if (!proxy || from + to !== 1) return address
    proxy.target = Number(new URL(address).port)
    return address.replace(/:\d+#/, `:${proxy.port}#`)
  }
  try {
    const dataDir = (index: number) => join(folder, `${index}`)
    net = await startNodes(3, { ledger: fixedLedger(), limits: ROOM, dataDir, via })
    // The first knew nobody when it was started: it is given the second by its proxy now.
    await net.kill(0)
    await net.revive(0)
    await waitFor(() => net.nodes.every((node) => node.peers().length === 2))
    const { alice, bob } = await bobAway()
    for (const proxy of proxies) proxy.silence()
    for (let index = 0; index < 10; index++)
      expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('queued')
    await waitFor(() => mails()[2] === 10)
    await waitFor(() => net.nodes.slice(0, 2).every((node) => node.peers().length === 1), 15_000)
    const again = await linked([alice.to.address], { identity: bob.identity }, [net.addresses[1] ?? ''])
    await waitFor(() => again.received.length === 10)
    await again.overlay.stop()
    for (let index = 0; index < 5; index++)
      expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('queued')
    for (const proxy of proxies) proxy.heal()
    await waitFor(() => mails().join() === '5,5,5', 15_000)
  } finally {
    await Promise.all(proxies.map((proxy) => proxy.close()))
  }
}, 60_000)
