import { afterAll, beforeAll, expect, test } from 'vitest'
import { channelStateDigest, channelTypeOf } from '../../wire/index.ts'
import { digestOfMessage, stateBytes } from '../devnet/move/testing/states.ts'
import { silentLog, systemClock, utf8 } from '../../base/index.ts'
import type { ChannelCall, Channels, LedgerChannel } from '../channels.ts'
import type { Ledger } from '../port.ts'
import { createIotaLedger } from './index.ts'
import { newPerson, type Person, type RunningLedger, startLedger } from '../testing/index.ts'

const WINDOW_MS = 5_000
const NANOS = 1_000_000n
let local: RunningLedger
let ledger: Ledger
let channels: Channels
let chain: string
let payer: Person
let payee: Person

beforeAll(async () => {
  local = await startLedger()
  ledger = local.ledger
  chain = await ledger.chain()
  const found = await ledger.channels()
  if (!found) throw new Error('no package')
  channels = found
  payer = newPerson()
  payee = newPerson()
  for (const person of [payer, payee]) await ledger.faucet(person.address)
})
afterAll(() => local.stop())

async function run(from: Person, call: ChannelCall) {
  const prepared = await channels.prepare({ from: from.address, call })
  return { ...(await from.submit(ledger, prepared)), nanos: prepared.nanos }
}

async function open(): Promise<LedgerChannel> {
  return readBack(await channels.openedBy(await openDigest()))
}

async function openDigest(): Promise<string> {
  const parties = [payer, payee].map(({ publicKey, address }) => ({ key: publicKey, payout: address }))
  const { digest, status } = await run(payer, {
    kind: 'open',
    chain,
    parties,
    balances: [NANOS, 0n],
    windowMs: WINDOW_MS,
  })
  expect(status).toBe('success')
  return digest
}

async function readBack(id: string | undefined): Promise<LedgerChannel> {
  const channel = await channels.read(id ?? '')
  if (!channel) throw new Error('no channel')
  return channel
}

function signed({ id }: LedgerChannel, paid: bigint, close = false, total = NANOS) {
  const balances = [total - paid, paid]
  const state = { packageId: channels.packageId, channel: id, sequence: paid, confirmed: 0n, balances }
  const signatures = [payer, payee].map((party) => party.sign(channelStateDigest(chain, state, close)))
  return { sequence: paid, confirmed: 0n, balances, signatures }
}

test('what is signed is what the Move module reads', () => {
  const state = { sequence: 7n, confirmed: 0n, balances: [3n, 4n] }
  const channel = `0x${'ab'.repeat(32)}`
  const type = channelTypeOf(channels.packageId)
  const twin = digestOfMessage('parley/channel/1', utf8(chain), stateBytes(channel, { ...state, conditions: [] }, type))
  expect(channelStateDigest(chain, { packageId: channels.packageId, channel, ...state })).toEqual(twin)
})

test('a channel is opened, read, found by who opened it, added to, and closed at once by both', async () => {
  const channel = await open()
  expect(channel).toMatchObject({ chain, windowMs: WINDOW_MS, funds: NANOS, base: NANOS, closesAt: 0, sequence: 0n })
  expect(channel.parties.map(({ payout }) => payout)).toEqual([payer.address, payee.address])
  expect((await channels.openedFrom(payer.address)).channels).toContain(channel.id)
  expect((await channels.openedFrom(payee.address)).channels).toEqual([])
  await run(payer, { kind: 'deposit', channel, party: 0, nanos: 500n })
  expect(await readBack(channel.id)).toMatchObject({ funds: NANOS + 500n, deposits: [{ party: 0, amount: 500n }] })
  const before = await ledger.balance(payee.address)
  const closed = await run(payer, { kind: 'close', channel, state: signed(channel, 300n, true) })
  expect(closed).toMatchObject({ status: 'success' })
  expect(await ledger.balance(payee.address)).toBe(before + 300n)
  expect(await channels.read(channel.id)).toBeUndefined()
})

test.each([30])(
  'ending after %i deposits costs no more than is told before anybody has signed',
  async (deposits) => {
    const [one, other] = [await open(), await open()]
    for (const channel of [one, other])
      for (let count = 0; count < deposits; count++) await run(payer, { kind: 'deposit', channel, party: 0, nanos: 1n })
    const { together, alone } = await channels.endCost(payer.address, await readBack(one.id), 0)
    const total = NANOS + BigInt(deposits)
    const close = { kind: 'close', channel: one, state: signed(one, 300n, true, total) } as const
    const closed = await channels.prepare({ from: payer.address, call: close })
    expect(closed.fee.burned).toBeLessThanOrEqual(together.burned)
    expect(closed.fee.deposit).toBeLessThan(0n)
    expect(together.burned).toBeLessThan(2n * closed.fee.burned)
    const begun = await run(payer, { kind: 'startClose', channel: other, party: 0 })
    const { closesAt } = await readBack(other.id)
    await new Promise((resolve) => setTimeout(resolve, closesAt - Date.now() + 20))
    const settled = await run(payer, { kind: 'settle', channel: other, destroy: { party: 0 } })
    expect(begun.fee.burned + settled.fee.burned).toBeLessThanOrEqual(alone.burned)
    expect(settled.fee.deposit).toBeLessThan(0n)
    await expect(channels.endCost(payer.address, other, 0)).rejects.toMatchObject({ code: 'conflict' })
  },
  15_000,
)

test('who has nothing is told so before an end', async () => {
  const channel = await open()
  const poor = newPerson().address
  await expect(channels.endCost(poor, channel, 0)).rejects.toMatchObject({ code: 'insufficient_funds' })
})

test('a voucher closes after the window against a payer who began with nothing', async () => {
  const channel = await open()
  await run(payer, { kind: 'startClose', channel, party: 0 })
  const early = channels.prepare({ from: payer.address, call: { kind: 'settle', channel } })
  await expect(early).rejects.toMatchObject({ code: 'conflict' })
  await run(payee, { kind: 'challenge', channel, state: signed(channel, 700n) })
  const { closesAt } = await readBack(channel.id)
  const before = await ledger.balance(payee.address)
  await new Promise((resolve) => setTimeout(resolve, closesAt - Date.now() + 20))
  await run(payer, { kind: 'settle', channel, destroy: { party: 0 } })
  expect(await ledger.balance(payee.address)).toBe(before + 700n)
  expect(await channels.read(channel.id)).toBeUndefined()
}, 15_000)

test('the payee begins to close with a voucher; a state without the payer is refused', async () => {
  const channel = await open()
  const state = signed(channel, 10n)
  const forged = { ...state, signatures: [state.signatures[1]!, state.signatures[1]!] }
  const call = { kind: 'startClose', channel, party: 1, state: forged } as const
  await expect(channels.prepare({ from: payee.address, call })).rejects.toMatchObject({ code: 'conflict' })
  await run(payee, { ...call, state })
  expect(await readBack(channel.id)).toMatchObject({ sequence: 10n, balances: [NANOS - 10n, 10n] })
})

test('a server that names the channel of another transaction is not believed: deposits would go there', async () => {
  const [own, other] = [await openDigest(), await openDigest()]
  const lying = createIotaLedger({
    url: local.rpc,
    clock: systemClock,
    log: silentLog,
    transport: async (question) => {
      const asked = question.method === 'iota_getEvents' ? { ...question, params: [other] } : question
      const headers = { 'content-type': 'application/json' }
      return (await fetch(local.rpc, { method: 'POST', headers, body: JSON.stringify(asked) })).json()
    },
  })
  const found = await lying.channels(channels.packageId)
  await expect(found?.openedBy(own)).rejects.toMatchObject({ code: 'ledger_unreachable' })
  expect(await found?.openedBy(other)).toBe(await channels.openedBy(other))
})

test('what is no channel is not read as one', async () => {
  expect(await channels.read(channels.packageId)).toBeUndefined()
  expect(await channels.read(`0x${'12'.repeat(32)}`)).toBeUndefined()
  expect(await channels.openedBy('4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM1')).toBeUndefined()
})
