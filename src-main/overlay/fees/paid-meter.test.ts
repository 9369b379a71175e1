import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Clock, systemRandom } from '../../base/index.ts'
import type { SendRequest } from '../../wire/index.ts'
import { FORGET_LOG_MS } from '../log/constants.ts'
import type { SendResult } from '../types.ts'
import { FeeBook } from './book.ts'
import { PaidMeter } from './paid-meter.ts'

const DAY = 86_400_000
/** 1 NANO for a relayed byte, and 1 for a byte that is stored for a day. */
const PRICES = { relayedMb: 1_000_000n, storedMbDay: 1_000_000n, forwardedTransaction: 0n }
const alice = { address: `0x${'a'.repeat(64)}`, device: 'aa'.repeat(32) }
const bob = { address: `0x${'b'.repeat(64)}`, device: 'bb'.repeat(32) }
const GROUP = `0x${'c'.repeat(64)}`

let now = DAY * 20_000
const clock: Clock = { now: () => now, steady: () => now, after: () => () => {} }
let book: FeeBook
let meter: PaidMeter
let served: SendRequest[] = []
beforeEach(() => open(0, 10_000_000n))
afterEach(() => book.close())

/** With what alice has promised already. */
function open(allowanceBytes: number, promised: bigint): void {
  served = []
  book = new FeeBook(':memory:', 1)
  meter = new PaidMeter({ book, prices: PRICES, allowanceBytes, clock, held: () => 0n })
  const channel = {
    ...{ id: '0x1', address: alice.address, payerKey: Buffer.from(alice.device, 'hex'), windowMs: 1, sharedAt: 0n },
    ...{ base: promised, deposited: promised, paid: 0n, counted: promised, signature: undefined, closesAt: 0 },
    ...{ state: 'closing' as const, epoch: 0n, shown: 0n },
  }
  book.changeChannel(channel, () => ({ paid: promised }), now)
}

function envelope(size: number, id = new Uint8Array(16)): Uint8Array {
  return Buffer.concat([Buffer.from([0]), id, Buffer.from(alice.device, 'hex'), systemRandom.bytes(size - 49)])
}

function send(bytes: Uint8Array, result: SendResult = 'queued', ttl = DAY): Promise<SendResult> {
  const request = { ...bob, ttl, urgency: { message: true, $kind: 'message' }, envelope: bytes } as SendRequest
  return meter.send(alice, request, () => (served.push(request), Promise.resolve(result)))
}

const charged = () => meter.unpaid(alice) + book.use(alice.address, alice.device).paid

it('counts every envelope, whatever id stands in it: a mailbox tells mail apart by its bytes', async () => {
  for (let number = 0; number < 5; number++) await send(envelope(1_000))
  expect(charged()).toBe(5n * 2_000n)
})

it('a repeat of the very same bytes is free for as long as they are kept, then stored for its price again', async () => {
  const bytes = envelope(1_000)
  for (let repeat = 0; repeat < 3; repeat++) expect(await send(bytes)).toBe('queued')
  expect(charged()).toBe(2_000n)
  now += DAY + 1
  await send(bytes)
  await send(bytes)
  // Relaying it was paid.
  expect(charged()).toBe(3_000n)
  expect(served).toHaveLength(5)
})

it('what was delivered is not stored for nothing afterwards, nor behind a twin that keeps nothing', async () => {
  const bytes = envelope(1_000)
  await send(bytes, 'delivered')
  expect(charged()).toBe(1_000n)
  await send(bytes, 'delivered')
  expect(charged()).toBe(1_000n)
  await send(bytes, 'queued')
  expect(charged()).toBe(2_000n)
  const other = envelope(500)
  await Promise.all([send(other, 'dropped', 0), send(other, 'queued'), send(other, 'queued')])
  expect(charged()).toBe(2_000n + 1_000n)
})

it('an allowance is used up by storing again, too', async () => {
  book.close()
  open(3_000, 0n)
  const bytes = envelope(1_000)
  await send(bytes, 'delivered')
  for (const _ of [1, 2]) {
    await send(bytes, 'queued')
    now += DAY / 24
    expect(meter.usedToday(alice.address)).toBe(2_000)
  }
  await send(bytes, 'queued', 1)
  now += DAY / 4
  expect(meter.covers(alice)).toBe(true)
  await expect(send(envelope(1_001))).rejects.toMatchObject({ reason: 'nanos:2002' })
  await send(envelope(1_000))
  expect(meter.covers(alice)).toBe(false)
  expect(charged()).toBe(0n)
})

it('an entry of a log is relayed and kept until the log is forgotten; the same entry again costs nothing', async () => {
  const entry = systemRandom.bytes(1_000)
  const append = (value: Uint8Array, given = entry, epoch = 1) =>
    meter.append(alice, { group: GROUP, epoch, entry: given }, () => Promise.resolve({ value }))
  await append(entry)
  await append(entry)
  const won = 1_000n + 1_000n * BigInt(FORGET_LOG_MS / DAY)
  expect(charged()).toBe(won)
  await append(entry, entry, 2)
  expect(charged()).toBe(2n * won)
  // Lost: nothing is kept, and what stands there is told, each time.
  const loser = systemRandom.bytes(10)
  await append(entry, loser, 3)
  await append(entry, loser, 3)
  expect(charged()).toBe(2n * won + 2n * 1_010n)
})

it('what is read of a log is relayed bytes; where they are not paid for they are not told', async () => {
  book.close()
  open(1_000, 0n)
  const read = (size: number) =>
    meter.read(alice, () => Promise.resolve({ entries: size === 0 ? [] : [{ entry: new Uint8Array(size) }] }))
  await read(1_000)
  await expect(read(700)).rejects.toMatchObject({ code: 'payment_required', reason: 'nanos:700' })
  expect((await read(0)).entries).toEqual([])
  const both = await Promise.allSettled([read(1), read(1)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(charged()).toBe(0n)
})

it('a clock that leaps ahead and is set back gives no allowance without end', async () => {
  const today = now
  const MOST = 1_000
  open(MOST, 0n)
  let free = 0
  for (const at of [today, today + 300 * DAY, today, today + DAY, today, today]) {
    now = at
    for (let index = 0; index < 4; index++)
      free += await send(envelope(500)).then(
        () => 500,
        () => 0,
      )
  }
  now = today
  // One for each day that it was ahead of the one before.
  expect(free).toBe(3 * MOST)
})

it('a channel gives no more credit than there is in it', async () => {
  const channel = {
    ...{ id: '0x2', address: alice.address, payerKey: Buffer.from(alice.device, 'hex'), windowMs: 1, sharedAt: 0n },
    ...{ base: 700n, deposited: 700n, paid: 0n, counted: 700n, signature: undefined, closesAt: 0 },
    ...{ state: 'open' as const, epoch: 0n, shown: 0n },
  }
  book.close()
  open(0, 0n)
  book.changeChannel(channel, () => ({ paid: 1n }), now)
  expect(await send(envelope(500), 'delivered', 1)).toBe('delivered')
  await expect(send(envelope(300), 'delivered', 1)).rejects.toMatchObject({ reason: 'nanos:101' })
  book.changeChannel(channel, () => ({ deposited: 10_000n, paid: 500n }), now)
  expect(await send(envelope(300), 'delivered', 1)).toBe('delivered')
})
