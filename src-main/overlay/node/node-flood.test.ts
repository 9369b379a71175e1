import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Clock, systemClock, systemRandom, toHex } from '../../base/index.ts'
import type { ParleyError } from '../../contract/index.ts'
import { fixedLedger, startNodes, testIdentity, type TestNodes, waitFor } from '../../testing/testnet-nodes.ts'
import type { NodeLimits } from '../limits/limits.ts'
import type { Connection } from '../link/connection.ts'
import { createDevice, dialAs, dialAsNode, testEnvelope } from '../test-device.ts'

const DAY = 24 * 3_600_000
const AMPLE = { perSecond: 1e9, burst: 1e9 }
let net: TestNodes | undefined
let folder: string
let ahead: number
/** The test puts it forward: until then a bucket that is empty stays so for a minute. */
const clock: Clock = { ...systemClock, steady: () => systemClock.steady() + ahead }
const open: Connection[] = []

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'parley-node-flood-'))))
afterEach(async () => {
  for (const connection of open.splice(0)) connection.close()
  await net?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Two nodes, and a link to the first in the hands of whoever has the other's key. */
async function start(limits: Partial<NodeLimits>): Promise<Connection> {
  ahead = 0
  net = await startNodes(2, { ledger: fixedLedger(), limits, clock, dataDir: (index) => join(folder, `${index}`) })
  const hostile = await dialAsNode(join(folder, '1'), net.addresses[1] ?? '', net.addresses[0] ?? '')
  open.push(hostile)
  return hostile
}
const heldBack = () => net?.nodes[0]?.status().counters.heldBack ?? 0

/** Time passes until all of it is answered. */
async function pass(done: Promise<unknown>): Promise<void> {
  const timer = setInterval(() => (ahead += 20_000), 50)
  await done.finally(() => clearInterval(timer))
}

/** Asks so often at once; `answered` counts. */
function flood(times: number, ask: () => Promise<unknown>) {
  const state = { answered: 0, done: Promise.resolve() }
  const counted = async () => {
    // Each by itself: what is sent in one turn comes as one message.
    await ask()
    state.answered++
  }
  state.done = (async () => {
    const asked: Promise<void>[] = []
    for (let count = 0; count < times; count++) {
      asked.push(counted())
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(asked)
  })()
  return state
}

it('a node that sends more frames than it may waits for its answers, and gets all of them; others do not wait', async () => {
  const hostile = await start({ nodeFrames: { perSecond: 5, burst: 100 }, nodeBytes: AMPLE })
  const asked = flood(300, () => hostile.request('ping', {}, 'pong', 20_000))
  await waitFor(() => heldBack() > 0)
  const device = await dialAs(testIdentity(), net?.addresses[0] ?? '')
  open.push(device)
  await device.request('ping', {}, 'pong', 2_000)
  expect(asked.answered).toBeLessThan(300)
  await pass(asked.done)
  expect(asked.answered).toBe(300)
})

it('a node that sends more bytes than it may waits, and nothing of it is lost', async () => {
  const limits = { nodeFrames: AMPLE, nodeBytes: { perSecond: 64 * 1024, burst: 1024 * 1024 } }
  const hostile = await start(limits)
  const sender = testIdentity()
  const { addressText: address, deviceId: device } = testIdentity().certificate
  const { bytes: envelope } = testEnvelope(sender, 32_000)
  const send = { address, device, ttl: 0, urgency: { message: true } as never, envelope }
  const codes = new Set<unknown>()
  const from = { sender: sender.certificate.addressText, senderDevice: sender.certificate.deviceId }
  const body = { ...from, live: false, send }
  const asked = flood(100, async () => {
    codes.add(await hostile.request('relay', body, 'sendResult', 20_000).catch((error: ParleyError) => error.code))
  })
  await waitFor(() => heldBack() > 0)
  expect(asked.answered).toBeLessThan(100)
  await pass(asked.done)
  expect(asked.answered).toBe(100)
  expect([...codes]).toEqual(['not_found'])
})

it('many links of one node have its rate together, and frames with many signatures or addresses count for as many', async () => {
  const hostile = await start({ nodeFrames: { perSecond: 100, burst: 100 }, nodeBytes: AMPLE })
  const second = await dialAsNode(join(folder, '1'), net?.addresses[1] ?? '', net?.addresses[0] ?? '')
  open.push(second)
  await second.request('ping', {}, 'pong', 2_000)
  expect(heldBack()).toBe(0)
  // Six frames of 50 units.
  const addresses = Array.from({ length: 400 }, () => `0x${toHex(systemRandom.bytes(32))}`)
  const asked: Promise<unknown>[] = []
  for (let count = 0; count < 6; count++) {
    const link = count % 2 ? hostile : second
    asked.push(link.request('watchPresence', { addresses }, 'ok', 20_000))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await waitFor(() => heldBack() > 0)
  await pass(Promise.all(asked))
})

it('a node that has much to catch up with is not held back', async () => {
  net = await startNodes(2, {
    ledger: fixedLedger(),
    dataDir: (index) => join(folder, `${index}`),
    limits: { frames: AMPLE, mailboxPerSender: { count: 1e6, bytes: 1e9 } },
  })
  await net.kill(1)
  const [first = ''] = net.addresses
  const alice = createDevice([first])
  const bob = createDevice([first])
  for (const each of [alice, bob]) {
    await each.overlay.start()
    await waitFor(() => each.overlay.links().some(({ state }) => state === 'connected'))
  }
  bob.overlay.setContacts([alice.to.address])
  await bob.overlay.contactsTold()
  await bob.overlay.stop()
  await waitFor(() => net?.nodes[0]?.status().links.devices === 1)
  const MAIL = 1_000
  for (let sent = 0; sent < MAIL; sent += 50) {
    const send = () => alice.overlay.send(bob.to, alice.envelope(8_000).bytes, 'message', DAY)
    expect(new Set(await Promise.all(Array.from({ length: 50 }, send)))).toEqual(new Set(['queued']))
  }
  await net.revive(1)
  await waitFor(() => net?.nodes[1]?.status().mail.envelopes === MAIL, 20_000)
  expect(net.nodes.map((node) => node.status().counters.heldBack)).toEqual([0, 0])
  await alice.overlay.stop()
}, 40_000)
