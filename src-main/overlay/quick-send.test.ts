import { afterEach, beforeEach, expect, it } from 'vitest'
import { fixedLedger, startNodes, testIdentity, type TestNodes } from '../testing/testnet-nodes.ts'
import type { Connection } from './link/connection.ts'
import { allowList, dialAs, testEnvelope } from './test-device.ts'
import type { OverlayIdentity } from './types.ts'

/** What goes from link to link without the general way has to keep all of its rules. */
let net: TestNodes
let alice: OverlayIdentity
let bob: OverlayIdentity
let from: Connection
let to: Connection
/** Envelopes that bob was given, with the ids of their requests; he accepts none by himself. */
let given: { id: number; envelope: Uint8Array }[]

beforeEach(async () => {
  net = await startNodes(1, {
    ledger: fixedLedger('0badcafe'),
    limits: { frames: { perSecond: 0.5, burst: 40 } },
  })
  alice = testIdentity()
  bob = testIdentity()
  from = await link(alice)
  to = await link(bob)
  await allow([alice.certificate.addressText], 1)
})
afterEach(() => net.stop())

async function link(identity: OverlayIdentity): Promise<Connection> {
  const connection = await dialAs(identity, net.addresses[0] ?? '')
  if (identity === bob) {
    given = []
    connection.handle(({ name, id, body }) => {
      if (name === 'deliver') given.push({ id, envelope: (body as { envelope: Uint8Array }).envelope })
    })
  }
  return connection
}

const allow = (addresses: string[], version: number) =>
  to.request('setAllowed', allowList(bob, addresses, version), 'ok', 2_000)
const accept = (id: number) => to.send('accept', id, { id: new Uint8Array(16) })

function send(envelope: Uint8Array, change = {}): Promise<string> {
  const { addressText: address, deviceId: device } = bob.certificate
  const body = { address, device, ttl: 60_000, urgency: { message: true } as never, envelope, ...change }
  return from.request('send', body, 'sendResult', 12_000).then(({ result }) => result.$kind)
}

it.each([100, 5_000, 60_000])(
  'an envelope of %i bytes arrives as it was sent, and is answered once accepted',
  async (size) => {
    const envelopes = [1, 2, 3].map(() => testEnvelope(alice, size).bytes)
    const results = envelopes.map((envelope) => send(envelope))
    await expect.poll(() => given.length).toBe(3)
    expect(given.map(({ envelope }) => Buffer.compare(envelope, envelopes.shift() ?? envelope))).toEqual([0, 0, 0])
    for (const { id } of given) accept(id)
    expect(await Promise.all(results)).toEqual(['delivered', 'delivered', 'delivered'])
  },
)

it('the same envelope twice at once is one delivery, and a repeat is answered without one', async () => {
  const { bytes } = testEnvelope(alice)
  const both = [send(bytes), send(bytes)]
  await expect.poll(() => given.length).toBe(1)
  accept(given[0]?.id ?? 0)
  expect(await Promise.all(both)).toEqual(['delivered', 'delivered'])
  expect(await send(bytes)).toBe('delivered')
  expect(given).toHaveLength(1)
})

it('an envelope of somebody else under the same id stands in the way of none, on its way or accepted', async () => {
  const carol = testIdentity()
  await allow(
    [alice, carol].map(({ certificate }) => certificate.addressText),
    2,
  )
  const others = await link(carol)
  const target = { address: bob.certificate.addressText, device: bob.certificate.deviceId, ttl: 60_000 }
  for (const isAccepted of [false, true]) {
    const own = testEnvelope(alice).bytes
    const { bytes: foreign } = testEnvelope(carol)
    foreign.set(own.subarray(1, 17), 1)
    const before = given.length
    const body = { ...target, urgency: { message: true } as never, envelope: foreign }
    const first = others.request('send', body, 'sendResult', 12_000)
    await expect.poll(() => given.length).toBe(before + 1)
    if (isAccepted) {
      accept(given.at(-1)?.id ?? 0)
      await first
    }
    const sent = send(own)
    await expect.poll(() => given.length).toBe(before + 2)
    expect(Buffer.compare(given.at(-1)?.envelope ?? foreign, own)).toBe(0)
    for (const { id } of given.slice(before)) accept(id)
    expect(await sent).toBe('delivered')
    await first
  }
  others.close()
})

it('what is not accepted is in the mailbox, and comes from there, also a large one', async () => {
  const envelopes = [100, 9_000].map((size) => testEnvelope(alice, size).bytes)
  const results = envelopes.map((envelope) => send(envelope))
  await expect.poll(() => given.length).toBe(2)
  to.close()
  expect(await Promise.all(results)).toEqual(['queued', 'queued'])
  to = await link(bob)
  await expect.poll(() => given.length).toBe(2)
  expect(given.map(({ id }) => id)).toEqual([0, 0])
  expect(given.map(({ envelope }) => Buffer.compare(envelope, envelopes.shift() ?? envelope))).toEqual([0, 0])
})

it('a device that refuses an envelope has it in the mailbox', async () => {
  const result = send(testEnvelope(alice).bytes)
  await expect.poll(() => given.length).toBe(1)
  to.sendError(given[0]?.id ?? 0, new Error('no'))
  expect(await result).toBe('queued')
})

it('behind what waits in the mailbox nothing is overtaken but by signals', async () => {
  const first = send(testEnvelope(alice).bytes)
  await expect.poll(() => given.length).toBe(1)
  to.sendError(given[0]?.id ?? 0, new Error('no'))
  expect(await first).toBe('queued')
  await expect.poll(() => given.length).toBe(2)
  const signal = send(testEnvelope(alice).bytes, { urgency: { signal: true } })
  await expect.poll(() => given.length).toBe(3)
  accept(given[2]?.id ?? 0)
  expect(await signal).toBe('delivered')
})

it('who is no contact any more is refused at once', async () => {
  const result = send(testEnvelope(alice).bytes)
  await expect.poll(() => given.length).toBe(1)
  accept(given[0]?.id ?? 0)
  await result
  await allow([], 2)
  await expect(send(testEnvelope(alice).bytes)).rejects.toMatchObject({ code: 'not_a_contact' })
})

it("refuses another's envelope, what is too large for its kind, and what is to be kept too long", async () => {
  await expect(send(testEnvelope(testIdentity()).bytes)).rejects.toMatchObject({ code: 'unauthorized' })
  const large = testEnvelope(alice, 9_000).bytes
  await expect(send(large, { urgency: { signal: true } })).rejects.toMatchObject({ code: 'too_large' })
  await expect(send(testEnvelope(alice).bytes, { ttl: 2 ** 32 - 1 })).rejects.toMatchObject({ code: 'invalid_params' })
  await expect(send(testEnvelope(alice).bytes.subarray(0, 40))).rejects.toMatchObject({ code: 'invalid_params' })
  expect(given).toEqual([])
})

it('counts against the rate of its sender, who is told how long to wait', async () => {
  const sends = Array.from({ length: 60 }, () => send(testEnvelope(alice).bytes))
  const results = await Promise.allSettled(sends.slice(40))
  const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
  expect(refused).toHaveLength(20)
  expect(refused[0]?.reason).toMatchObject({ code: 'rate_limited', retryAfter: expect.any(Number) })
  expect(given).toHaveLength(40)
  for (const { id } of given) accept(id)
  expect(new Set(await Promise.all(sends.slice(0, 40)))).toEqual(new Set(['delivered']))
})

it('a newer link of the recipient has what comes next', async () => {
  const first = send(testEnvelope(alice).bytes)
  await expect.poll(() => given.length).toBe(1)
  accept(given[0]?.id ?? 0)
  await first
  to = await link(bob)
  const second = send(testEnvelope(alice).bytes)
  await expect.poll(() => given.length).toBe(1)
  accept(given[0]?.id ?? 0)
  expect(await second).toBe('delivered')
})
