import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemRandom } from '../../base/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { DEPOSIT, FeeNet, send, toldAtRest, toldNow, WINDOW_MS } from './test-fee-net.ts'
import type { TestPayer } from './test-payer.ts'

let net: FeeNet
beforeAll(async () => void (net = await FeeNet.start()))
afterAll(() => net.local.stop())
beforeEach(() => net.begin())
afterEach(() => net.end())

describe('a device', () => {
  test('that was restored from its seed finds the credit of the device before, gets the rest back and has one of its own', async () => {
    const { alice, bob } = await net.pair()
    const { channelId } = await alice.deposit(net.node.nodeId, DEPOSIT)
    for (let index = 0; index < 20; index++) await send(alice, bob, alice.envelope(60_000))
    const paid = alice.fees.of(net.node.nodeId).credit?.paid ?? 0n
    expect(paid > 0n).toBe(true)
    await alice.stop()
    await alice.restart(true)
    await net.linked(alice)
    const credit = () => alice.fees.of(net.node.nodeId).credit
    await waitFor(() => credit()?.channel === channelId, 10_000)
    expect(credit()?.state).toBe('elsewhere')
    await expect(send(alice, bob, alice.envelope(3_000))).rejects.toMatchObject({ code: 'payment_required' })
    const { fee, ...cost } = await alice.fees.endCost(net.node.nodeId)
    expect(cost).toEqual({ returned: DEPOSIT, kept: 0n, atOnce: false, windowMs: WINDOW_MS })
    const ended = await alice.fees.close(net.node.nodeId, fee.burned)
    expect(ended.at).toBeGreaterThan(Date.now())
    expect(ended.fee.burned).toBeLessThan(fee.burned)
    await alice.deposit(net.node.nodeId, DEPOSIT)
    expect(await send(alice, bob, alice.envelope(3_000))).toBe('delivered')
    const stateOf = () => known().find(({ channel }) => channel === channelId)?.state
    const known = () => alice.store.relayFees.credits()
    await waitFor(() => stateOf() === 'closed', 20_000)
    expect(known().find(({ channel }) => channel !== channelId)?.state).toBe('open')
  }, 40_000)

  test('and another of the same address pay by a channel each: neither signs for, pays for or is held up by the other', async () => {
    const seed = systemRandom.bytes(32)
    const [alice, other] = [await net.payer({}, seed), await net.payer({}, seed)]
    const bob = await net.recipient(alice)
    await alice.deposit(net.node.nodeId, DEPOSIT)
    await send(alice, bob, alice.envelope(1_500))
    // No credit of its own.
    await expect(send(other, bob, other.envelope(3_000))).rejects.toMatchObject({ code: 'payment_required' })
    await other.deposit(net.node.nodeId, DEPOSIT)
    const used = { alice: 0n, other: 0n }
    const use = async (name: 'alice' | 'other', payer: TestPayer) => {
      for (let index = 0; index < 30; index++) {
        const bytes = payer.envelope(60_000)
        if ((await send(payer, bob, bytes)) !== 'dropped') used[name] += BigInt(bytes.length)
      }
    }
    await Promise.all([use('alice', alice), use('other', other)])
    for (const [name, payer] of [['alice', alice] as const, ['other', other] as const]) {
      const { charged, unpaid, credit, voucher } = await toldAtRest(payer)
      expect(charged).toBe(used[name])
      expect(unpaid <= credit).toBe(true)
      expect(payer.store.relayFees.use(net.node.nodeId)?.promised).toBe(voucher?.paid)
    }
    const [one, two] = [alice, other].map((payer) => payer.fees.of(net.node.nodeId).credit?.channel)
    expect(one).not.toBe(two)
    const { voucher } = await toldNow(alice)
    if (!voucher) throw new Error('no voucher')
    await expect(other.overlay.nodes()[0]?.request('voucher', voucher, 'fees')).rejects.toMatchObject({
      code: 'unauthorized',
    })
    expect((await alice.fees.close(net.node.nodeId)).returned).toBe(DEPOSIT - used.alice)
    expect(await send(other, bob, other.envelope(3_000))).toBe('delivered')
  }, 40_000)
})
