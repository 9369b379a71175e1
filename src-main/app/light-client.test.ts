import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../base/index.ts'
import { createLedgerGate } from '../ledger/index.ts'
import { newPerson } from '../ledger/testing/index.ts'
import { startTestnet, type Person, type Testnet } from '../testing/testnet.ts'

const FORWARDING = 2_000n
const PRICES = { relayedMb: 1_000_000n, storedMbDay: 0n, forwardedTransaction: FORWARDING }
const CREDIT = 20_000_000n
/** More than what two nodes relay for nothing. */
const MESSAGES = 40

let net: Testnet
let light: Person
let bob: Person

beforeAll(async () => {
  net = await startTestnet({
    nodes: 2,
    node: (ledger, url) => ({
      gate: createLedgerGate({ url, clock: systemClock }),
      fees: { prices: PRICES, allowanceBytes: 100_000, ledger, windowMs: 5_000 },
    }),
  })
  bob = await net.person('Bob', { funded: true, direct: false })
  const { ledger } = await bob.call('network.status', {})
  const chain = ledger.chain ?? ''
  light = await net.person('Light', { ledgerUrl: `s2:${chain}`, direct: false })
  await bob.call('wallet.send', { to: light.address, nanos: 5_000_000_000n })
}, 60_000)
afterAll(() => net.stop())

const entryOf = async (digest: string) =>
  (await light.call('wallet.history', {})).transactions.find((each) => each.digest === digest)

describe('a client without a URL of the ledger', () => {
  test('sees its balance, pays somebody with both fees shown before, and sees it in its history', async () => {
    await expect
      .poll(async () => (await light.call('wallet.balance', {})).nanos, { timeout: 20_000 })
      .toBe(5_000_000_000n)
    const to = newPerson().address
    const estimate = await light.call('wallet.estimate', { to, nanos: 1_000_000n })
    expect(estimate.fee.relay).toBe(FORWARDING)
    expect(estimate.total).toBe(1_000_000n + estimate.fee.burned + estimate.fee.deposit + FORWARDING)
    const paid = await light.call('wallet.send', { to, nanos: 1_000_000n })
    expect(paid).toMatchObject({ state: 'done', fee: { relay: FORWARDING } })
    const balance = async () => (await light.call('wallet.balance', {})).nanos
    // For some seconds after a ledger that was away, the balance known before is shown.
    await expect.poll(balance, { timeout: 20_000 }).toBe(5_000_000_000n - estimate.total)
    expect(await entryOf(paid.digest)).toMatchObject({
      nanos: 1_000_000n,
      counterparty: to,
      fee: { relay: FORWARDING },
    })
    const all = await light.call('wallet.estimate', { to, all: true })
    expect(all.fee.relay).toBe(FORWARDING)
  }, 40_000)

  test('opens a credit with fees shown before, sees usage, and closes it', async () => {
    const { nodes } = await light.call('network.usage', {})
    const node = nodes.find(({ nodeId }) => nodeId !== undefined)
    expect(node).toMatchObject({ prices: PRICES, allowance: { bytesPerDay: 100_000 } })
    expect(node?.traffic.sent).toBeGreaterThan(0)
    const { links } = await light.call('network.status', {})
    expect(nodes.map(({ endpoint }) => endpoint).sort()).toEqual(links.map(({ endpoint }) => endpoint).sort())
    const nodeId = node?.nodeId ?? ''
    const cost = await light.call('network.creditCost', { nodeId, nanos: CREDIT })
    expect(cost.fee.relay).toBe(FORWARDING)
    const opened = await light.call('network.openCredit', { nodeId, nanos: CREDIT, prices: PRICES })
    expect(opened.fee).toEqual(cost.fee)
    const now = await light.call('network.usage', {})
    expect(now.nodes.find((each) => each.nodeId === nodeId)?.credit).toMatchObject({
      channelId: opened.channelId,
      state: 'open',
      deposited: CREDIT,
      paid: 0n,
    })
    expect(now.hours.at(-1)?.nodes.sent).toBeGreaterThan(0)
    expect(await entryOf(opened.digest)).toMatchObject({
      kind: 'credit',
      direction: 'out',
      nanos: CREDIT,
      state: 'done',
    })
    const end = await light.call('network.closeCost', { nodeId })
    expect(end).toMatchObject({ returned: CREDIT, kept: 0n, atOnce: true })
    const mostFee = end.fee.burned + end.fee.relay
    const dearer = light.call('network.closeCredit', { nodeId, mostFee: mostFee - 1n })
    await expect(dearer).rejects.toMatchObject({ code: 'conflict', reason: 'higher_fee' })
    const closed = await light.call('network.closeCredit', { nodeId, mostFee })
    expect(closed.returned).toBe(CREDIT)
    expect(closed.fee.relay).toBe(FORWARDING)
    expect(closed.fee.burned + closed.fee.relay).toBeLessThanOrEqual(mostFee)
    const [last] = (await light.call('wallet.history', { limit: 1 })).transactions
    expect(last).toMatchObject({ kind: 'credit', direction: 'in', nanos: CREDIT, state: 'done' })
    await expect(light.call('network.closeCredit', { nodeId })).rejects.toMatchObject({ code: 'not_found' })
  }, 40_000)

  test('writes to a contact beyond the free allowance only when a credit is there, and nothing is lost', async () => {
    await net.befriend(light, bob)
    const arrived = () => bob.events.filter(({ name }) => name === 'message').length
    const before = arrived()
    const text = 'x'.repeat(7_900)
    for (let index = 0; index < MESSAGES; index++)
      await light.call('chats.send', { chat: bob.address, text: `${index} ${text}` })
    const asking = async () =>
      (await light.call('network.usage', {})).nodes.filter(({ asks }) => asks !== undefined && asks > 0n)
    await expect.poll(async () => (await asking()).length, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(arrived() - before).toBeLessThan(MESSAGES)
    for (const { nodeId = '' } of (await light.call('network.usage', {})).nodes)
      await light.call('network.openCredit', { nodeId, nanos: CREDIT, prices: PRICES })
    await expect.poll(() => arrived() - before, { timeout: 20_000 }).toBe(MESSAGES)
    const { messages } = await light.call('network.usage', {})
    const paid = async () => Number((await light.call('network.usage', {})).paid)
    await expect.poll(paid, { timeout: 20_000 }).toBeGreaterThan(0)
    expect(messages.direct + messages.relayed + messages.stored).toBe(MESSAGES)
  }, 60_000)
})
