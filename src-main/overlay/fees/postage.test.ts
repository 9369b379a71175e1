import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Clock, DAY_MS } from '../../base/index.ts'
import type { SendResult } from '../types.ts'
import { postageAsked } from './asks.ts'
import { FeeBook } from './book.ts'
import type { BookChannel } from './channel-table.ts'
import { PaidMeter } from './paid-meter.ts'
import { PostageDesk } from './postage.ts'

const POSTAGE = 500n
const payer = { address: `0x${'a'.repeat(64)}`, device: 'ab'.repeat(32) }
const bob = `0x${'b'.repeat(64)}`
const [phone = '', laptop = ''] = ['01', '02'].map((byte) => byte.repeat(32))
const id = (byte: string) => byte.repeat(16)

let folder: string
let path: string
let book: FeeBook
let desk: PostageDesk
let now: number
const clock = { now: () => now } as Clock

function open(): void {
  book = new FeeBook(path, 1)
  desk = new PostageDesk({ book, nanos: POSTAGE, clock })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-postage-'))
  path = join(folder, 'fees.db')
  now = 20_000 * DAY_MS
  open()
})
afterEach(() => {
  book.close()
  rmSync(folder, { recursive: true })
})

/** A voucher for so much in all. */
function promise(paid: bigint, change: Partial<BookChannel> = {}): void {
  const empty = { id: 'one', address: payer.address, payerKey: Buffer.from(payer.device, 'hex'), windowMs: 1 }
  const sums = { sharedAt: 1n, base: 9_000n, deposited: 9_000n, counted: 9_000n, paid: 0n, epoch: 0n, shown: 0n }
  const known = { ...empty, ...sums, signature: undefined, state: 'open', closesAt: 0 } as const
  book.changeChannel(known, () => ({ paid, ...change }), now)
}

let carried = 0
function ask(digest: string, device = phone, result: SendResult | Error = 'queued', direct = true) {
  const work = () => {
    carried++
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result)
  }
  return desk.carry({ sender: payer, send: { address: bob, device }, digest, direct }, work)
}
const charged = () => book.use(payer.address, payer.device).postage

it('takes a request only when it was paid for in advance, and says how much that is before anything is done', async () => {
  carried = 0
  promise(POSTAGE - 1n)
  const refused = await ask(id('11')).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'payment_required', reason: 'postage:500' })
  expect(postageAsked(refused)).toBe(POSTAGE)
  expect(carried).toBe(0)
  promise(POSTAGE)
  expect(await ask(id('11'))).toBe('queued')
  expect(charged()).toBe(POSTAGE)
  await expect(ask(id('22'))).rejects.toMatchObject({ reason: 'postage:500' })
})

it('charges a request once: a repeat is free, also after a restart and from another node', async () => {
  promise(POSTAGE)
  await ask(id('11'))
  await ask(id('11'))
  book.close()
  open()
  expect(await ask(id('11'), phone, 'delivered')).toBe('delivered')
  expect(await ask(id('11'), phone, 'queued', false)).toBe('queued')
  expect(charged()).toBe(POSTAGE)
})

it('charges nothing for what was refused, failed or dropped', async () => {
  promise(POSTAGE)
  await expect(ask(id('11'), phone, new Error('no room'))).rejects.toThrow('no room')
  expect(await ask(id('11'), phone, 'dropped')).toBe('dropped')
  expect(charged()).toBe(0n)
  expect(desk.held(payer.device)).toBe(0n)
  expect(await ask(id('11'))).toBe('queued')
})

it('takes one postage for the envelopes to all devices of the recipient, at once or within a day, one for each', async () => {
  promise(POSTAGE)
  expect(await Promise.all([ask(id('11'), phone), ask(id('22'), laptop)])).toEqual(['queued', 'queued'])
  expect(charged()).toBe(POSTAGE)
  now += DAY_MS - 1
  expect(await ask(id('33'), '03'.repeat(32))).toBe('queued')
  expect(charged()).toBe(POSTAGE)
  await expect(ask(id('44'), laptop)).rejects.toMatchObject({ reason: 'postage:500' })
  now += 1
  await expect(ask(id('55'), '04'.repeat(32))).rejects.toMatchObject({ reason: 'postage:500' })
})

it('takes nothing that another node brings, however much was promised', async () => {
  promise(9_000n)
  await expect(ask(id('11'), phone, 'queued', false)).rejects.toMatchObject({ reason: 'postage:500' })
  expect(charged()).toBe(0n)
})

it('two requests at once need two postages, and use does not take what is held for them', async () => {
  promise(POSTAGE, { state: 'closing' })
  const prices = { relayedMb: 1_000_000n, storedMbDay: 0n, forwardedTransaction: 0n }
  const held = (device: string) => desk.held(device)
  const meter = new PaidMeter({ book, prices, allowanceBytes: 0, clock, held })
  let end = (_result: SendResult) => {}
  const work = () => new Promise<SendResult>((resolve) => (end = resolve))
  const to = { address: bob, device: phone }
  const first = desk.carry({ sender: payer, send: to, digest: id('11'), direct: true }, work)
  const carol = { address: `0x${'c'.repeat(64)}`, device: laptop }
  const second = desk.carry({ sender: payer, send: carol, digest: id('22'), direct: true }, work)
  await expect(second).rejects.toMatchObject({ reason: 'postage:500' })
  expect(meter.unpaid(payer)).toBe(-POSTAGE)
  const send = { ...to, ttl: 0, urgency: { message: true }, envelope: new Uint8Array(400) } as never
  // Without a credit only what was promised could pay for it.
  await expect(meter.send(payer, send, () => Promise.resolve('delivered'))).rejects.toMatchObject({
    reason: 'nanos:400',
  })
  end('queued')
  await first
  expect(meter.unpaid(payer)).toBe(0n)
})

it('one postage lets in one request to each device, however many are on their way with it', async () => {
  promise(POSTAGE)
  const ends: ((result: SendResult) => void)[] = []
  const slow = (digest: string, device: string) =>
    desk.carry({ sender: payer, send: { address: bob, device }, digest, direct: true }, () => {
      return new Promise<SendResult>((resolve) => ends.push(resolve))
    })
  const both = [slow(id('11'), laptop), slow(id('22'), phone)]
  await expect(ask(id('33'), phone, 'delivered')).rejects.toMatchObject({ reason: 'postage:500' })
  expect(desk.held(payer.device)).toBe(POSTAGE)
  // What is paid for in the book already is taken once as well.
  ends[0]?.('queued')
  await both[0]
  expect(desk.held(payer.device)).toBe(0n)
  await expect(ask(id('44'), phone, 'delivered')).rejects.toMatchObject({ reason: 'postage:500' })
  ends[1]?.('queued')
  await both[1]
  expect(charged()).toBe(POSTAGE)
  expect(desk.held(payer.device)).toBe(0n)
})

it('what a request that fails would have paid for is paid for by the next', async () => {
  promise(POSTAGE)
  let fail = (_: Error) => {}
  const work = () => new Promise<SendResult>((_, reject) => (fail = reject))
  const first = desk.carry(
    { sender: payer, send: { address: bob, device: laptop }, digest: id('11'), direct: true },
    work,
  )
  let end = (_: SendResult) => {}
  const other = () => new Promise<SendResult>((resolve) => (end = resolve))
  const second = desk.carry(
    { sender: payer, send: { address: bob, device: phone }, digest: id('22'), direct: true },
    other,
  )
  fail(new Error('no room'))
  await expect(first).rejects.toThrow('no room')
  expect(desk.held(payer.device)).toBe(POSTAGE)
  end('queued')
  await second
  expect(charged()).toBe(POSTAGE)
})

it('opens a book from before there was postage with everything that is in it', () => {
  promise(77n)
  book.close()
  const old = new DatabaseSync(path)
  const later = 'DROP TABLE posted; ALTER TABLE use DROP COLUMN postage; DROP INDEX counted_owner'
  const columns = ['until', 'owner'].map((name) => `ALTER TABLE counted DROP COLUMN ${name}`).join('; ')
  old.exec(`${later}; ${columns}; PRAGMA user_version = 2`)
  old.close()
  open()
  expect(book.use(payer.address, payer.device)).toMatchObject({ paid: 77n, postage: 0n })
})
