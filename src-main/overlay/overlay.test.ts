import { afterEach, describe, expect, it } from 'vitest'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../testing/testnet-nodes.ts'
import { createDevice, type TestDevice } from './test-device.ts'

const DAY = 24 * 3_600_000
let net: TestNodes | undefined
const devices: TestDevice[] = []

async function start(count: number, limits = {}): Promise<TestNodes> {
  net = await startNodes(count, { ledger: fixedLedger(), limits })
  return net
}
async function linked(device: TestDevice, contacts: string[] = [], count?: number): Promise<TestDevice> {
  devices.push(device)
  device.overlay.setContacts(contacts)
  await device.overlay.start()
  const want = count ?? net?.nodes.length ?? 1
  await waitFor(() => device.overlay.links().filter(({ state }) => state === 'connected').length >= want)
  return device
}
/** Two devices whose people are each other's contacts. */
async function pair(one: TestDevice, other: TestDevice): Promise<void> {
  await linked(one, [other.to.address])
  await linked(other, [one.to.address])
}

afterEach(async () => {
  await Promise.all(devices.splice(0).map(({ overlay }) => overlay.stop()))
  await net?.stop()
  net = undefined
})

describe('messages between two devices', () => {
  it('arrive and are delivered once the recipient accepts', async () => {
    const { addresses } = await start(1)
    const alice = createDevice(addresses)
    const bob = createDevice(addresses)
    await pair(alice, bob)
    const { id, bytes } = alice.envelope()
    expect(await alice.overlay.send(bob.to, bytes, 'message', DAY)).toBe('delivered')
    expect(bob.received.map((entry) => entry.id)).toEqual([id])
    expect(await alice.overlay.send(bob.to, bytes, 'message', DAY)).toBe('delivered')
    expect(bob.received).toHaveLength(1)
  })

  it('wait in the mailbox of an offline device and come once, in order, on its next link', async () => {
    const { addresses } = await start(3)
    const alice = createDevice(addresses)
    const first = createDevice(addresses)
    await pair(alice, first)
    await first.overlay.stop()
    const sent: string[] = []
    for (let index = 0; index < 200; index++) {
      const { id, bytes } = alice.envelope()
      sent.push(id)
      expect(await alice.overlay.send(first.to, bytes, 'message', DAY)).toBe('queued')
    }
    const { bytes } = alice.envelope()
    expect(await alice.overlay.send(first.to, bytes, 'signal', DAY)).toBe('dropped')
    const again = createDevice(addresses, { identity: first.identity })
    await linked(again, [alice.to.address])
    await waitFor(() => again.received.length >= 200)
    await again.overlay.stop()
    expect(again.received.map((entry) => entry.id)).toEqual(sent)
    const third = await linked(createDevice(addresses, { identity: first.identity }), [alice.to.address])
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(third.received).toHaveLength(0)
  })

  it('that are to be kept for no time are delivered live, and never called queued', async () => {
    const { addresses, nodes } = await start(1)
    const alice = createDevice(addresses)
    const bob = createDevice(addresses)
    await pair(alice, bob)
    expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', 0)).toBe('delivered')
    await bob.overlay.stop()
    expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', 0)).toBe('dropped')
    expect(nodes[0]?.status().mail.envelopes).toBe(0)
  })

  it('come again on a later link when they were not accepted', async () => {
    const { addresses } = await start(1)
    const alice = createDevice(addresses)
    const bob = createDevice(addresses, { accept: false })
    await pair(alice, bob)
    const { id, bytes } = alice.envelope()
    const result = alice.overlay.send(bob.to, bytes, 'message', DAY)
    await waitFor(() => bob.received.length === 1)
    await bob.overlay.stop()
    expect(await result).toBe('queued')
    const again = await linked(createDevice(addresses, { identity: bob.identity }), [alice.to.address])
    await waitFor(() => again.received.length === 1)
    expect(again.received[0]?.id).toBe(id)
  })

  it('are carried from node to node when the two share no linked node', async () => {
    const { addresses } = await start(3)
    const [one, two] = addresses
    const alice = createDevice(one ? [one] : [])
    const bob = createDevice(two ? [two] : [])
    await pair(alice, bob)
    const { bytes } = alice.envelope()
    expect(await alice.overlay.send(bob.to, bytes, 'message', DAY)).toBe('delivered')
  })

  it('reach home nodes that the sender is not linked to, with seven nodes', async () => {
    const { addresses } = await start(7, { acceptPerHost: { perSecond: 1000, burst: 1000 } })
    const alice = createDevice(addresses)
    const bob = createDevice(addresses)
    await linked(alice, [bob.to.address], 3)
    await linked(bob, [alice.to.address], 3)
    const settled = ({ overlay }: TestDevice) =>
      overlay.links().length === 3 && overlay.links().every(({ state, home }) => state === 'connected' && home)
    await waitFor(() => settled(alice) && settled(bob))
    expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('delivered')
    expect(await bob.overlay.send(alice.to, bob.envelope().bytes, 'message', DAY)).toBe('delivered')
    await waitFor(() => alice.overlay.isOnline(bob.to.address) && bob.overlay.isOnline(alice.to.address))
    expect(await alice.overlay.lookup(bob.to.address)).toHaveLength(1)
    await bob.overlay.stop()
    await waitFor(() => !alice.overlay.isOnline(bob.to.address))
    expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('queued')
  })
})

describe('strangers', () => {
  it('may send one small request and nothing else', async () => {
    const { addresses } = await start(3)
    const mallory = await linked(createDevice(addresses))
    const bob = await linked(createDevice(addresses))
    const message = mallory.overlay.send(bob.to, mallory.envelope().bytes, 'message', DAY)
    await expect(message).rejects.toMatchObject({ code: 'not_a_contact' })
    const large = mallory.overlay.send(bob.to, mallory.envelope(5_000).bytes, 'request', DAY)
    await expect(large).rejects.toMatchObject({ code: 'too_large' })
    expect(await mallory.overlay.send(bob.to, mallory.envelope().bytes, 'request', DAY)).toBe('delivered')
    await bob.overlay.stop()
    expect(await mallory.overlay.send(bob.to, mallory.envelope().bytes, 'request', DAY)).toBe('queued')
    const second = mallory.overlay.send(bob.to, mallory.envelope().bytes, 'request', DAY)
    await expect(second).rejects.toMatchObject({ code: 'rate_limited' })
  })

  it('cannot send in the name of another device', async () => {
    const { addresses } = await start(1)
    const mallory = await linked(createDevice(addresses))
    const bob = createDevice(addresses)
    await linked(bob, [mallory.to.address])
    const forged = mallory.overlay.send(bob.to, createDevice(addresses).envelope().bytes, 'message', DAY)
    await expect(forged).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('hear not_found for a device that no node has seen', async () => {
    const { addresses } = await start(3)
    const alice = await linked(createDevice(addresses))
    const nobody = createDevice(addresses).to
    const lost = alice.overlay.send(nobody, alice.envelope().bytes, 'request', DAY)
    await expect(lost).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('presence', () => {
  it('shows a contact online at once and offline after the goodbye', async () => {
    const { addresses } = await start(3)
    const alice = createDevice(addresses)
    const bob = createDevice(addresses)
    const news: boolean[] = []
    alice.overlay.on('presence', ({ address, online }) => address === bob.to.address && news.push(online))
    await pair(alice, bob)
    await waitFor(() => alice.overlay.isOnline(bob.to.address))
    const [packet] = await alice.overlay.lookup(bob.to.address)
    expect(packet?.checked.deviceId).toBe(bob.to.device)
    expect(packet?.homeNodes).toHaveLength(3)
    await bob.overlay.stop()
    await waitFor(() => !alice.overlay.isOnline(bob.to.address))
    expect(news.at(0)).toBe(true)
    expect(news.at(-1)).toBe(false)
  })
})

describe('key packages', () => {
  it('are handed out once each, and the last resort after that', async () => {
    const { addresses } = await start(3)
    const alice = await linked(createDevice(addresses))
    const bob = createDevice(addresses)
    let low = -1
    bob.overlay.on('keyPackagesLow', ({ remaining }) => (low = remaining))
    await linked(bob)
    await waitFor(() => low === 0)
    const packages = Array.from({ length: 7 }, (_, index) => Uint8Array.of(index, 1, 2))
    await bob.overlay.publishKeyPackages(packages, Uint8Array.of(99))
    const taken: number[] = []
    for (let index = 0; index < 9; index++) {
      const [entry] = await alice.overlay.takeKeyPackages(bob.to.address)
      taken.push(entry?.keyPackage[0] ?? -1)
    }
    expect(new Set(taken.slice(0, 7)).size).toBe(7)
    expect(taken.slice(0, 7)).not.toContain(99)
    expect(taken.slice(7)).toEqual([99, 99])
    expect(await alice.overlay.takeKeyPackages(alice.to.address)).toEqual([])
  })

  it('come from each device of an address', async () => {
    const { addresses } = await start(1)
    const seed = new Uint8Array(32).fill(7)
    const laptop = await linked(createDevice(addresses, { identity: testIdentity(seed) }))
    const desk = await linked(createDevice(addresses, { identity: testIdentity(seed) }))
    await laptop.overlay.publishKeyPackages([Uint8Array.of(1)], Uint8Array.of(9))
    await desk.overlay.publishKeyPackages([Uint8Array.of(2)], Uint8Array.of(9))
    const alice = await linked(createDevice(addresses))
    const taken = await alice.overlay.takeKeyPackages(laptop.to.address)
    expect(taken.map(({ keyPackage }) => keyPackage[0]).sort()).toEqual([1, 2])
  })
})

it('a newer link of the same device replaces the older', async () => {
  const { addresses } = await start(1)
  const old = createDevice(addresses)
  const alice = createDevice(addresses)
  await pair(alice, old)
  const newer = await linked(createDevice(addresses, { identity: old.identity }), [alice.to.address])
  expect(await alice.overlay.send(newer.to, alice.envelope().bytes, 'message', DAY)).toBe('delivered')
  expect(newer.received.length + old.received.length).toBe(1)
})

it('a node that stops is survived: sends go through another, and the link comes back', async () => {
  const { addresses, nodes } = await start(3)
  const alice = createDevice(addresses)
  const bob = createDevice(addresses)
  await pair(alice, bob)
  await nodes[0]?.stop()
  await waitFor(() => alice.overlay.links().filter(({ state }) => state === 'connected').length === 2)
  expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('delivered')
})
