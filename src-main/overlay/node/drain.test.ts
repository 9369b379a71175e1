import { afterEach, expect, it } from 'vitest'
import { type Clock, silentLog, systemRandom } from '../../base/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import { parseNodeAddress } from '../link/address.ts'
import { dial } from '../link/dial.ts'
import type { DeviceLink } from '../relay/device-link.ts'
import { createDevice, type TestDevice, writeToEachOther } from '../test-device.ts'
import { drainLinks } from './drain.ts'

let net: TestNodes | undefined
let devices: TestDevice[] = []
afterEach(async () => {
  await Promise.all(devices.map(({ overlay }) => overlay.stop()))
  devices = []
  await net?.stop()
  net = undefined
})

const connected = ({ overlay }: TestDevice) => overlay.links().filter(({ state }) => state === 'connected').length

it('a node that drains lets nobody in, sends its clients away, and nothing that was acknowledged is lost', async () => {
  net = await startNodes(4, { ledger: fixedLedger() })
  const { addresses } = net
  devices = Array.from({ length: 6 }, () => createDevice(addresses))
  const contacts = devices.map(({ to }) => to.address)
  for (const { overlay } of devices) {
    overlay.setContacts(contacts)
    await overlay.start()
  }
  await waitFor(() => devices.every((device) => connected(device) >= 3), 10_000)
  await Promise.all(devices.map(({ overlay }) => overlay.contactsTold()))
  const { acknowledged, stop, haveArrived } = writeToEachOther(devices)
  await waitFor(() => acknowledged.length > 50, 20_000)
  const [node] = net.nodes
  await node?.drain(4_000)
  expect(node?.status()).toMatchObject({ draining: true, links: { devices: 0 }, replicating: 0 })
  const { certificate, deviceKey: key } = testIdentity()
  const credentials = { role: 'device', certificate: certificate.signed, key } as const
  const late = { node: parseNodeAddress(addresses[0] ?? ''), credentials, chain: '0badcafe' }
  await expect(dial({ ...late, random: systemRandom, log: silentLog })).rejects.toMatchObject({ code: 'offline' })
  await net.kill(0)
  const before = acknowledged.length
  await waitFor(() => acknowledged.length > before + 50, 20_000)
  await stop()
  await waitFor(haveArrived, 20_000)
}, 60_000)

/** Drains so many links within a second, each of which takes so long to close, while other nodes take nothing; timers are late. */
async function drainWithin(links: number, closeMs: number) {
  let now = 0
  let closed = 0
  let lastClosed = 0
  const close = () => {
    closed++
    lastClosed = now += closeMs
  }
  const after: Clock['after'] = (ms, task) => {
    now += ms + 1
    queueMicrotask(task)
    return () => {}
  }
  const clock = { now: () => now, steady: () => now, after }
  const relay = { all: () => Array.from({ length: links }, () => ({ connection: { close } }) as unknown as DeviceLink) }
  await drainLinks({ relay, replication: { waiting: 1 }, clock, random: systemRandom, log: silentLog }, 1_000)
  return { closed, lastClosed, ended: now }
}

it('however many links there are, draining ends in time and leaves some of it for the hand-over', async () => {
  const many = await drainWithin(20_000, 0.001)
  expect(many.closed).toBe(20_000)
  expect(many.lastClosed).toBeLessThan(800)
  expect(many.ended).toBeLessThanOrEqual(1_001)
  const slow = await drainWithin(20_000, 0.1)
  expect(slow.closed).toBeGreaterThan(7_000)
  expect(slow.lastClosed).toBeLessThan(801)
  expect(slow.ended).toBeLessThanOrEqual(1_001)
  // Few go one after the other all the same.
  const few = await drainWithin(50, 0)
  expect(few.lastClosed).toBeGreaterThan(100)
})
