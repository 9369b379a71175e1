import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { hastyClock, startNodes, type TestNodes, turningLedger, waitFor } from '../../testing/testnet-nodes.ts'
import { createDevice, type TestDevice, type TestDeviceOptions } from '../test-device.ts'

const DAY = 24 * 3_600_000
/** Longer than the salt before stays in force. */
const OVERLAP = 301_000
let net: TestNodes
let folder: string
let ledger: ReturnType<typeof turningLedger>
let clock: ReturnType<typeof hastyClock>
const devices: TestDevice[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-epochs-'))
  ledger = turningLedger()
  clock = hastyClock()
  const limits = { acceptPerHost: { perSecond: 1_000, burst: 2_000 } }
  net = await startNodes(9, { ledger, clock, limits, dataDir: (index) => join(folder, `${index}`) })
})
afterEach(async () => {
  await Promise.all(devices.splice(0).map(({ overlay }) => overlay.stop()))
  await net.stop()
  await rm(folder, { recursive: true, force: true })
})

const homes = (device: TestDevice) =>
  device.overlay
    .links()
    .filter(({ state, home }) => state === 'connected' && home)
    .map(({ endpoint }) => endpoint)
    .sort()
const mails = () => net.nodes.map((node) => node.status().mail.envelopes)
const isNear = () => net.nodes.every((node) => node.status().map.nodes === 9)

async function linked(contacts: string[] = [], options: TestDeviceOptions = {}): Promise<TestDevice> {
  const salt = () => ledger.salt()
  const device = createDevice(net.addresses, { ...options, salt, clock })
  devices.push(device)
  device.overlay.setContacts(contacts)
  await device.overlay.start()
  await waitFor(() => homes(device).length >= 3)
  await device.overlay.contactsTold()
  return device
}

it('a device follows its home nodes into a new epoch, is served under both salts, and loses nothing', async () => {
  await waitFor(isNear)
  const alice = await linked()
  const bob = await linked([alice.to.address])
  const carol = await linked([alice.to.address])
  await carol.overlay.stop()
  for (let index = 0; index < 10; index++)
    expect(await alice.overlay.send(carol.to, alice.envelope().bytes, 'message', DAY)).toBe('queued')
  const before = homes(bob)
  ledger.turn(7)
  await waitFor(() => homes(bob).length > 3 && homes(bob).join() !== before.join(), 10_000)
  expect(homes(bob)).toEqual(expect.arrayContaining(before))
  expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('delivered')
  expect(await alice.overlay.lookup(bob.to.address)).toHaveLength(1)
  clock.put(OVERLAP)
  await waitFor(() => homes(bob).length === 3, 10_000)
  expect(await alice.overlay.send(bob.to, alice.envelope().bytes, 'message', DAY)).toBe('delivered')
  expect(bob.received).toHaveLength(2)
  // What waited is at the new home nodes, and nowhere else.
  await waitFor(() => mails().filter((count) => count === 10).length === 3, 15_000)
  await waitFor(() => mails().reduce((sum, count) => sum + count, 0) === 30, 15_000)
  const again = await linked([alice.to.address], { identity: carol.identity })
  await waitFor(() => again.received.length >= 10)
  expect(again.received).toHaveLength(10)
}, 60_000)
