import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { RewardDesk } from '../../overlay/index.ts'
import { FeeNet, HIGH, PRICES, send, toldNow } from './test-fee-net.ts'
import type { TestPayer } from './test-payer.ts'
import { Vouchers } from './vouchers.ts'

/** Of a real network: what is used is not promised by the clock alone, which looks every half minute. */
const DAY_MS = 86_400_000
const DEPOSIT = 1_000_000_000n
const CREDIT = PRICES.relayedMb + PRICES.storedMbDay
const BYTES = 60_000

let net: FeeNet
beforeAll(async () => void (net = await FeeNet.start()))
afterAll(() => net.local.stop())
afterEach(async () => {
  vi.restoreAllMocks()
  await net.end()
})

const shown = (payer: TestPayer) => payer.fees.of(net.node.nodeId).unpaid

it('what a device uses is promised as it goes: a tenth of a credit and an envelope are without a voucher at most', async () => {
  await net.begin({ windowMs: DAY_MS, allowanceBytes: 0 })
  const { alice, bob } = await net.pair()
  await alice.deposit(net.node.nodeId, DEPOSIT)
  for (let index = 0; index < 8; index++) await send(alice, bob, alice.envelope(BYTES))
  // Less than one credit: the node has refused nothing, and asked for nothing.
  await expect.poll(async () => (await toldNow(alice)).unpaid < CREDIT / 10n + BigInt(BYTES)).toBe(true)
  const { credit } = alice.fees.of(net.node.nodeId)
  await expect.poll(async () => (await toldNow(alice)).voucher?.paid).toBe(credit?.paid)
})

it('what a device shows as used and not promised is what the node says, to the byte and without asking it', async () => {
  await net.begin({ windowMs: DAY_MS })
  const { alice, bob } = await net.pair()
  await alice.deposit(net.node.nodeId, DEPOSIT)
  await send(alice, bob, alice.envelope(1_000))
  // Within the free allowance.
  expect(shown(alice)).toBe(0n)
  for (let index = 0; index < 12; index++) {
    const envelope = alice.envelope(20_000)
    await send(alice, bob, envelope)
    await send(alice, bob, envelope)
    await expect.poll(async () => shown(alice) - (await toldNow(alice)).unpaid, { timeout: 2_000 }).toBe(0n)
  }
})

it('what was used when a node ended the credit stays in sight, and is paid from the next one', async () => {
  await net.begin({ prices: HIGH, allowanceBytes: 0 })
  const { alice, bob } = await net.pair()
  const { nodeId } = net.node
  await alice.deposit(nodeId, DEPOSIT)
  for (let index = 0; index < 20; index++) await send(alice, bob, alice.envelope(BYTES))
  await expect.poll(async () => (await toldNow(alice)).unpaid).toBe(0n)
  const held = vi.spyOn(Vouchers.prototype, 'promise').mockRejectedValue(new ParleyError('offline', 'Not now.'))
  const last = alice.envelope(BYTES)
  await send(alice, bob, last)
  const owed = BigInt(last.length) * (HIGH.relayedMb / 1_000_000n)
  // The node has told so, and is not paid.
  await expect.poll(() => alice.fees.of(nodeId).told?.unpaid).toBe(owed)
  expect(shown(alice)).toBe(owed)
  const { ledger } = net.local
  const common = { clock: systemClock, random: systemRandom, log: silentLog }
  const desk = await RewardDesk.open({ dataDir: net.folder, ledger, ...common })
  expect(await desk.collect()).toMatchObject({ closing: 1 })
  expect(desk.rewards().unpaid).toBe(owed)
  desk.close()
  held.mockRestore()
  await expect.poll(() => alice.fees.of(nodeId).credit?.state, { timeout: 5_000 }).toBe('closing')
  // After the newest look, too.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(shown(alice)).toBe(owed)
  await alice.deposit(nodeId, DEPOSIT)
  await expect.poll(() => alice.fees.of(nodeId).credit?.paid, { timeout: 5_000 }).toBe(owed)
  // As soon as the node has it.
  await expect.poll(() => shown(alice)).toBe(0n)
}, 40_000)
