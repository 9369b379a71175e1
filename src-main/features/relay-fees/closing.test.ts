import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { newPerson } from '../../ledger/testing/index.ts'
import { RewardDesk } from '../../overlay/index.ts'
import { FeeNet, HIGH, send, toldNow } from './test-fee-net.ts'

const DEPOSIT = 1_000_000_000n

let net: FeeNet
beforeAll(async () => void (net = await FeeNet.start()))
afterAll(() => net.local.stop())
beforeEach(() => net.begin({ prices: HIGH }))
afterEach(() => net.end())

/** Somebody with a credit who used it; `cheat` begins to close it with nothing promised. */
async function user() {
  const seed = systemRandom.bytes(32)
  const payer = await net.payer({}, seed)
  const bob = await net.recipient(payer)
  const { channelId } = await payer.deposit(net.node.nodeId, DEPOSIT)
  for (let index = 0; index < 20; index++) await send(payer, bob, payer.envelope(60_000))
  // It promises what it used by and by.
  await expect.poll(async () => (await toldNow(payer)).unpaid).toBe(0n)
  const paid = (await toldNow(payer)).voucher?.paid ?? 0n
  expect(paid > 0n).toBe(true)
  const cheat = async () => {
    const { ledger } = net.local
    const [person, channels] = [newPerson(seed), await ledger.channels()]
    const channel = await channels?.read(channelId)
    if (!channels || !channel) throw new Error('no channel')
    const call = { kind: 'startClose', channel, party: 0 } as const
    const closing = await channels.prepare({ from: person.address, call })
    expect(await person.submit(ledger, closing)).toMatchObject({ status: 'success' })
  }
  return { payer, bob, channelId, paid, cheat }
}

const onLedger = async (id: string) => (await net.local.ledger.channels())?.read(id)

async function desk(): Promise<RewardDesk> {
  const common = { clock: systemClock, random: systemRandom, log: silentLog }
  return RewardDesk.open({ dataDir: net.folder, ledger: net.local.ledger, ...common })
}

it('who closes a channel with less is answered in time, also by a node that was away when it began, and both are paid in full', async () => {
  const [one, two] = [await user(), await user()]
  const { port } = net
  await one.cheat()
  expect(await onLedger(one.channelId)).toMatchObject({ sequence: 0n, balances: [DEPOSIT, 0n] })
  await expect.poll(async () => (await onLedger(one.channelId))?.sequence).toBe(one.paid)
  // Nothing more is served on it.
  const refused = send(one.payer, one.bob, one.payer.envelope(3_000))
  await expect(refused).rejects.toMatchObject({ code: 'payment_required' })
  await net.node.stop()
  await two.cheat()
  await new Promise((resolve) => setTimeout(resolve, 500))
  await net.begin({ prices: HIGH }, port)
  await expect.poll(async () => (await onLedger(two.channelId))?.sequence).toBe(two.paid)
  const rewards = await desk()
  const collected = () => rewards.rewards().collected
  await expect.poll(collected, { timeout: 20_000, interval: 100 }).toBe(one.paid + two.paid)
  expect(rewards.rewards().open).toBe(0n)
  rewards.close()
}, 60_000)

it('a channel that was closed with less while the node was away for the whole window counts as what the ledger paid', async () => {
  const { channelId, cheat, payer } = await user()
  const { port } = net
  const { nodeId } = net.node
  await net.node.stop()
  await cheat()
  await expect.poll(() => payer.fees.of(nodeId).credit?.state, { timeout: 20_000, interval: 100 }).toBe('closed')
  expect(await onLedger(channelId)).toBeUndefined()
  await net.begin({ prices: HIGH }, port)
  const rewards = await desk()
  const stateOf = () => rewards.rewards().channels.find(({ id }) => id === channelId)?.state
  await expect.poll(stateOf).toBe('closed')
  expect(rewards.rewards()).toMatchObject({ open: 0n, collected: 0n })
  rewards.close()
}, 60_000)

it('two collectors at once, of the node and of a command, close and settle a channel once and count it once', async () => {
  const { channelId, paid } = await user()
  const [one, two] = [await desk(), await desk()]
  const first = await Promise.all([one.collect(), two.collect(), one.collect()])
  expect(first.reduce((sum, { closing }) => sum + closing, 0)).toBe(1)
  expect(await onLedger(channelId)).toMatchObject({ sequence: paid })
  await new Promise((resolve) => setTimeout(resolve, 5_300))
  const then = await Promise.all([one.collect(), two.collect(), one.collect()])
  const nanos = then.reduce((sum, each) => sum + each.nanos, 0n)
  // The node itself may have been there before.
  expect([0n, paid]).toContain(nanos)
  await expect.poll(() => one.rewards().collected).toBe(paid)
  one.close()
  two.close()
}, 60_000)
