import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { silentLog, systemClock, systemRandom } from '../../base/index.ts'
import { findAccount } from '../../overlay/registry/account.ts'
import { nanosAsked, RewardDesk } from '../../overlay/index.ts'
import { waitFor } from '../../testing/testnet-nodes.ts'
import { DEPOSIT, FeeNet, HIGH, send, toldAtRest, toldNow, WINDOW_MS } from './test-fee-net.ts'
import type { TestPayer } from './test-payer.ts'
import { Vouchers } from './vouchers.ts'

let net: FeeNet
beforeAll(async () => void (net = await FeeNet.start()))
afterAll(() => net.local.stop())
beforeEach(() => net.begin())
afterEach(() => net.end())

describe('a device at a node with prices', () => {
  test('is served from the free allowance, then refused with the amount, and pays once it has a credit', async () => {
    const { alice, bob } = await net.pair()
    const bytes = alice.envelope(1_500)
    expect(await send(alice, bob, bytes)).toBe('delivered')
    const next = alice.envelope(1_500)
    const refused = await send(alice, bob, next).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'payment_required' })
    expect(nanosAsked(refused)).toBe(BigInt(next.length))
    expect(alice.fees.of(net.node.nodeId).asks).toBe(BigInt(next.length))
    expect(bob.received).toHaveLength(1)

    const cost = await alice.fees.cost(net.node.nodeId, DEPOSIT)
    const opened = await alice.deposit(net.node.nodeId, DEPOSIT)
    expect(opened.fee).toEqual(cost.fee)
    expect(cost.total).toBe(DEPOSIT + cost.fee.burned + cost.fee.deposit)
    expect(await send(alice, bob, next)).toBe('delivered')
    expect(bob.received).toHaveLength(2)
    const told = await toldNow(alice)
    expect(told).toMatchObject({ relayedBytes: BigInt(bytes.length + next.length), charged: BigInt(next.length) })
    expect(alice.store.relayFees.use(net.node.nodeId)?.relayedBytes).toBe(told.relayedBytes)
  })

  test('pays as it uses more than one credit, never more than it used, and gets the rest back at once', async () => {
    const { alice, bob } = await net.pair()
    await alice.deposit(net.node.nodeId, DEPOSIT)
    let bytes = 0n
    for (let index = 0; index < 40; index++) {
      const envelope = alice.envelope(60_000)
      bytes += BigInt(envelope.length)
      expect(await send(alice, bob, envelope)).toBe('delivered')
    }
    const told = await toldAtRest(alice)
    expect(told.charged).toBe(bytes)
    expect(told.unpaid <= told.credit).toBe(true)
    const { credit } = alice.fees.of(net.node.nodeId)
    expect(credit?.paid).toBe(bytes - told.unpaid)
    const owner = (await findAccount(net.folder)).address
    const before = await net.local.ledger.balance(owner)
    const closed = await alice.fees.close(net.node.nodeId)
    expect(closed.returned).toBe(DEPOSIT - bytes)
    expect(await net.local.ledger.balance(owner)).toBe(before + bytes)
    expect(alice.fees.of(net.node.nodeId).credit?.state).toBe('closed')
    await expect(send(alice, bob, alice.envelope(3_000))).rejects.toMatchObject({ code: 'payment_required' })
  }, 20_000)

  test('and the node agree within one envelope over drops, restarts of both and repeats', async () => {
    const { alice, bob } = await net.pair()
    await alice.deposit(net.node.nodeId, DEPOSIT)
    const port = net.port
    let largest = 0
    for (let round = 0; round < 6; round++) {
      const sends = Array.from({ length: 20 }, (_, index) => {
        const envelope = alice.envelope(200 + 150 * index + round)
        largest = Math.max(largest, envelope.length)
        return send(alice, bob, envelope)
          .then(() => send(alice, bob, envelope))
          .catch(() => 'failed')
      })
      if (round % 3 === 0) await alice.overlay.nodes()[0]?.request('ping', {}, 'pong')
      if (round % 3 === 1) {
        await net.node.stop()
        await net.begin({}, port)
      }
      await Promise.all(sends)
      if (round % 3 === 2) {
        await alice.stop()
        await alice.restart()
      }
      await net.linked(alice)
      await waitFor(() => alice.overlay.nodes().length > 0, 10_000)
      await new Promise((resolve) => setTimeout(resolve, 100))
      const { relayedBytes } = await toldNow(alice)
      const own = alice.store.relayFees.use(net.node.nodeId)?.relayedBytes ?? 0n
      const apart = own > relayedBytes ? own - relayedBytes : relayedBytes - own
      expect(apart <= BigInt(largest), `${own} here, ${relayedBytes} there`).toBe(true)
    }
  }, 60_000)

  test('gets its deposit back after the window when the node is gone', async () => {
    const { alice } = await net.pair()
    await alice.deposit(net.node.nodeId, DEPOSIT)
    const { nodeId } = net.node
    await net.node.stop()
    await waitFor(() => alice.overlay.nodes().length === 0, 10_000)
    const before = await net.local.ledger.balance(alice.to.address)
    const { returned, at } = await alice.fees.close(nodeId)
    expect(returned).toBe(DEPOSIT)
    expect(at - Date.now()).toBeGreaterThan(WINDOW_MS / 2)
    await waitFor(() => alice.fees.of(nodeId).credit?.state === 'closed', 20_000)
    expect((await net.local.ledger.balance(alice.to.address)) > before + DEPOSIT / 2n).toBe(true)
  }, 40_000)
})

describe('a node', () => {
  test('collects its rewards with the newest voucher when its epochs are over, at the address of its account', async () => {
    await net.end()
    await net.begin({ prices: HIGH })
    const { alice, bob } = await net.pair()
    await alice.deposit(net.node.nodeId, 100n * DEPOSIT)
    for (let index = 0; index < 20; index++) await send(alice, bob, alice.envelope(60_000))
    await expect.poll(async () => (await toldNow(alice)).unpaid).toBe(0n)
    const { paid = 0n } = alice.fees.of(net.node.nodeId).credit ?? {}
    const port = net.port
    await net.node.stop()
    const owner = (await findAccount(net.folder)).address
    await net.local.ledger.faucet(owner)
    const before = await net.local.ledger.balance(owner)
    await net.begin({ prices: HIGH, collectAfterEpochs: 0 }, port)
    await waitFor(() => alice.fees.of(net.node.nodeId).credit?.state === 'closed', 30_000)
    const after = await net.local.ledger.balance(owner)
    // Less the fees of two transactions.
    expect(after - before > paid - 30_000_000n).toBe(true)
    const events = await net.local.ledger.history(owner, 10)
    expect(events.transactions.some(({ changes }) => changes.some(({ address }) => address === alice.to.address))).toBe(
      true,
    )
  }, 60_000)

  test('refuses vouchers that are old, foreign, forged, or promise what is not there', async () => {
    const { alice, bob } = await net.pair()
    const { channelId } = await alice.deposit(net.node.nodeId, DEPOSIT)
    for (let index = 0; index < 20; index++) await send(alice, bob, alice.envelope(60_000))
    await expect.poll(async () => (await toldNow(alice)).unpaid).toBe(0n)
    const { voucher } = await toldNow(alice)
    if (!voucher) throw new Error('no voucher')
    const give = (from: TestPayer, change: Partial<typeof voucher>) =>
      from.overlay.nodes()[0]?.request('voucher', { ...voucher, ...change }, 'fees')
    await expect(give(alice, { paid: voucher.paid + 1n })).rejects.toMatchObject({ code: 'bad_signature' })
    await expect(give(alice, { paid: DEPOSIT + 1n })).rejects.toMatchObject({ code: 'invalid_params' })
    await expect(give(alice, { deposited: DEPOSIT + 1n })).rejects.toMatchObject({ code: 'invalid_params' })
    await expect(give(bob, {})).rejects.toMatchObject({ code: 'unauthorized' })
    await expect(give(alice, { channel: `0x${'ab'.repeat(32)}` })).rejects.toMatchObject({ code: 'not_found' })
    expect(await give(alice, {})).toMatchObject({ voucher: { channel: channelId, paid: voucher.paid } })
    const row = alice.store.relayFees.credits()[0]
    const [linked] = alice.overlay.nodes()
    if (!row || !linked) throw new Error('no credit')
    const { deviceKey } = alice.identity
    const vouchers = new Vouchers({ store: alice.store, ledger: net.local.ledger, deviceKey })
    const older = vouchers.show(linked, { ...row, paid: voucher.paid - 1n })
    await expect(older).rejects.toMatchObject({ code: 'conflict', reason: 'old_voucher' })
    expect(await toldNow(alice)).toMatchObject({ voucher })
    alice.store.relayFees.saveCredit({ ...row, paid: 1n })
    await expect(
      alice.fees.close(net.node.nodeId).then(() => alice.store.relayFees.credits()[0]?.paid),
    ).resolves.toBeGreaterThanOrEqual(voucher.paid)
  }, 20_000)

  test('collects nothing that costs more than it brings', async () => {
    const { alice, bob } = await net.pair()
    const { channelId } = await alice.deposit(net.node.nodeId, 5_000n)
    for (let index = 0; index < 3; index++) await send(alice, bob, alice.envelope(2_000)).catch(() => {})
    await waitFor(() => (alice.fees.of(net.node.nodeId).credit?.paid ?? 0n) > 0n)
    const owner = (await findAccount(net.folder)).address
    const { ledger } = net.local
    await ledger.faucet(owner)
    const before = await ledger.balance(owner)
    const common = { clock: systemClock, random: systemRandom, log: silentLog }
    const desk = await RewardDesk.open({ dataDir: net.folder, ledger, ...common })
    const { open } = desk.rewards()
    expect(await desk.collect()).toEqual({ closing: 0, settled: 0, nanos: 0n, left: 1, leftNanos: open })
    desk.close()
    expect(await ledger.balance(owner)).toBe(before)
    expect(await (await ledger.channels())?.read(channelId)).toMatchObject({ closesAt: 0 })
  }, 20_000)

  test('shows its operator what it earned, and closes every channel when it is told to', async () => {
    await net.end()
    await net.begin({ prices: HIGH })
    const { alice, bob } = await net.pair()
    const { channelId } = await alice.deposit(net.node.nodeId, 100n * DEPOSIT)
    for (let index = 0; index < 20; index++) await send(alice, bob, alice.envelope(60_000))
    await expect.poll(async () => (await toldNow(alice)).unpaid).toBe(0n)
    const { ledger } = net.local
    const desk = await RewardDesk.open({
      dataDir: net.folder,
      ledger,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
    })
    const { open, channels } = desk.rewards()
    expect(open).toBe(alice.fees.of(net.node.nodeId).credit?.paid)
    expect(channels).toMatchObject([{ id: channelId, state: 'open', deposited: 100n * DEPOSIT }])
    expect(await desk.collect()).toMatchObject({ closing: 1, settled: 0 })
    desk.close()
    expect(await (await ledger.channels())?.read(channelId)).toMatchObject({ balances: [100n * DEPOSIT - open, open] })
  }, 20_000)
})
