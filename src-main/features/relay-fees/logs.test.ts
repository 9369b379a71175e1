import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { fromHex, systemRandom } from '../../base/index.ts'
import { nanosAsked } from '../../overlay/index.ts'
import { FORGET_LOG_MS } from '../../overlay/log/constants.ts'
import { ALLOWANCE, DAY, FeeNet, PRICES, toldNow } from './test-fee-net.ts'
import { envelopeOf, type TestPayer } from './test-payer.ts'

/** An entry is kept for 180 days: at this price storing one costs as much as relaying it 18 times. */
const prices = { ...PRICES, storedMbDay: 100_000n }
const DEPOSIT = 100_000_000n
const STORED_DAYS = BigInt(FORGET_LOG_MS / DAY)

let net: FeeNet
beforeAll(async () => void (net = await FeeNet.start()))
afterAll(() => net.local.stop())
beforeEach(() => net.begin({ prices }))
afterEach(() => net.end())

/** Both meters, in bytes, and what was charged beyond the allowance. */
async function inStep(payer: TestPayer) {
  const { relayedBytes, storedByteMs, charged } = await toldNow(payer)
  expect(payer.store.relayFees.use(net.node.nodeId)).toMatchObject({ relayedBytes, storedByteMs })
  return { relayed: relayedBytes, storedDays: storedByteMs / BigInt(DAY), charged }
}

test('a log takes what was paid for: its entries count as relayed, and as kept until the log is forgotten', async () => {
  const alice = await net.payer()
  const group = systemRandom.bytes(32)
  const first = systemRandom.bytes(ALLOWANCE)
  expect(await alice.overlay.appendLog(group, 0, first)).toEqual({ won: true })
  expect(await inStep(alice)).toEqual({ relayed: BigInt(ALLOWANCE), storedDays: 2_000n * STORED_DAYS, charged: 0n })
  const next = systemRandom.bytes(10_000)
  const cost = 10_000n + 1_000n * STORED_DAYS
  const refused = await alice.overlay.appendLog(group, 1, next).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'payment_required' })
  expect(nanosAsked(refused)).toBe(cost)
  await alice.deposit(net.node.nodeId, DEPOSIT)
  for (const _ of [1, 2, 3]) expect(await alice.overlay.appendLog(group, 1, next)).toEqual({ won: true })
  expect(await inStep(alice)).toEqual({ relayed: 12_000n, storedDays: 12_000n * STORED_DAYS, charged: cost })
  expect(await alice.overlay.appendLog(group, 1, first)).toEqual({ won: false, entry: next })
  expect(await inStep(alice)).toEqual({ relayed: 24_000n, storedDays: 12_000n * STORED_DAYS, charged: cost + 12_000n })
})

test('what is read of a log is paid by whoever reads it, and nothing new costs nothing', async () => {
  const alice = await net.payer()
  const group = systemRandom.bytes(32)
  await alice.deposit(net.node.nodeId, DEPOSIT)
  const entries = [0, 1, 2].map((epoch) => ({ epoch, entry: systemRandom.bytes(1_500) }))
  for (const { epoch, entry } of entries) await alice.overlay.appendLog(group, epoch, entry)
  const bob = await net.payer()
  expect(await bob.overlay.readLog(group, 2, 10)).toEqual(entries.slice(2))
  const refused = await bob.overlay.readLog(group, 0, 10).catch((error: unknown) => error)
  expect(nanosAsked(refused)).toBe(4_500n)
  expect(await bob.overlay.readLog(group, 3, 10)).toEqual([])
  await bob.deposit(net.node.nodeId, DEPOSIT)
  expect(await bob.overlay.readLog(group, 0, 10)).toEqual(entries)
  expect(await inStep(bob)).toEqual({ relayed: 6_000n, storedDays: 0n, charged: 4_500n })
})

test('a device pays for more than its credit of a log as it goes, and both meters agree', async () => {
  const alice = await net.payer()
  await alice.deposit(net.node.nodeId, DEPOSIT)
  const group = systemRandom.bytes(32)
  for (let epoch = 0; epoch < 12; epoch++) await alice.overlay.appendLog(group, epoch, systemRandom.bytes(60_000))
  const { charged } = await inStep(alice)
  expect(charged).toBe(12n * (60_000n + 6_000n * STORED_DAYS))
  const { credit } = alice.fees.of(net.node.nodeId)
  expect(charged - (credit?.paid ?? 0n)).toBeLessThanOrEqual(prices.relayedMb + prices.storedMbDay)
})

test('mail is paid by its bytes: envelopes of one id are counted one by one, on both sides', async () => {
  const { alice, bob } = await net.pair()
  await bob.stop()
  await alice.deposit(net.node.nodeId, DEPOSIT)
  const id = fromHex('ab'.repeat(16))
  const mail = Array.from({ length: 20 }, (_, index) => envelopeOf(alice.identity, 20_000, id, index))
  const sizes = mail.reduce((sum, { length }) => sum + BigInt(length), 0n)
  for (const bytes of [...mail, ...mail.slice(0, 5)])
    expect(await alice.overlay.send(bob.to, bytes, 'message', DAY)).toBe('queued')
  expect(net.node.status().mail.envelopes).toBe(mail.length)
  const used = await inStep(alice)
  expect(used).toEqual({ relayed: sizes, storedDays: sizes, charged: sizes + sizes / 10n })
  await bob.restart()
})
