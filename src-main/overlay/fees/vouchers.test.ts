import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret, systemRandom, toHex } from '../../base/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import type { Channels, LedgerChannel } from '../../ledger/index.ts'
import { channelStateDigest } from '../../wire/index.ts'
import { FeeBook } from './book.ts'
import { VoucherDesk } from './vouchers.ts'

const NOW = 1_700_000_000_000
const CHAIN = '0badcafe'
const PACKAGE = `0x${'1'.repeat(64)}`
const CHANNEL = `0x${'2'.repeat(64)}`
const [ADDRESS, OWNER] = [`0x${'a'.repeat(64)}`, `0x${'b'.repeat(64)}`]
const WINDOW_MS = 5_000
const DEPOSIT = 1_000n

const newKey = () => signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
const [device, node] = [newKey(), newKey()]
const payer = { address: ADDRESS, device: toHex(device.publicKey) }
const [ownParty, nodeParty] = [
  { key: device.publicKey, payout: ADDRESS },
  { key: node.publicKey, payout: OWNER },
]
const opened: LedgerChannel = {
  ...{ id: CHANNEL, chain: CHAIN, parties: [ownParty, nodeParty], windowMs: WINDOW_MS, sharedAt: 1n },
  ...{ base: DEPOSIT, funds: DEPOSIT, balances: [DEPOSIT, 0n], sequence: 0n, deposits: [] },
  ...{ settled: false, closesAt: 0 },
}

let book: FeeBook
let desk: VoucherDesk
/** What the ledger has of whatever channel it is asked for, and how often it was. */
let onLedger: LedgerChannel | undefined
let looks: number
/** NANOS that the device used and did not promise. */
let unpaid: bigint
beforeEach(() => {
  book = new FeeBook(':memory:', 1)
  onLedger = opened
  looks = 0
  unpaid = 0n
  const read = (id: string) => (looks++, Promise.resolve(onLedger && { ...onLedger, id }))
  const channels = { packageId: PACKAGE, read } as unknown as Channels
  desk = new VoucherDesk({
    book,
    key: node,
    owner: () => OWNER,
    chain: () => CHAIN,
    channels: () => Promise.resolve(channels),
    epoch: () => Promise.resolve({ epoch: 1n }),
    windowMs: WINDOW_MS,
    unpaid: () => unpaid,
    clock: { now: () => NOW, steady: () => NOW, after: () => () => {} },
  })
})
afterEach(() => book.close())

function stateOf(channel: string, deposited: bigint, paid: bigint, sequence: bigint) {
  return { packageId: PACKAGE, channel, sequence, confirmed: 0n, balances: [deposited - paid, paid] }
}

/** As the device signs it. */
function voucherOf(paid: bigint, deposited = DEPOSIT, channel = CHANNEL) {
  const signature = device.sign(channelStateDigest(CHAIN, stateOf(channel, deposited, paid, paid)))
  return { channel, deposited, paid, signature }
}

/** Gives a voucher; answers what it was refused with. */
const give = (...given: Parameters<typeof voucherOf>) =>
  desk.take(payer, voucherOf(...given)).catch((error: { code: string; reason?: string }) => error.reason ?? error.code)

describe('a voucher is taken', () => {
  it('for a channel that pays this node from this device, and each newer one that counts a deposit which is there', async () => {
    expect(await give(10n)).toBeUndefined()
    onLedger = { ...opened, deposits: [{ party: 0, amount: 500n }] }
    expect(await give(20n)).toBeUndefined()
    expect(await give(1_200n, 1_500n)).toBeUndefined()
    expect(book.channel(CHANNEL)).toMatchObject({ paid: 1_200n, counted: 1_500n, deposited: 1_500n, state: 'open' })
    expect(book.use(ADDRESS, payer.device).paid).toBe(1_200n)
    // What is known is not asked for again.
    expect(looks).toBe(2)
  })

  it('again, but no older one over a newer one', async () => {
    expect(await give(20n)).toBeUndefined()
    const before = book.channel(CHANNEL)
    expect(await give(20n)).toBeUndefined()
    expect(await give(19n)).toBe('old_voucher')
    expect(book.channel(CHANNEL)).toEqual(before)
    expect(book.use(ADDRESS, payer.device).paid).toBe(20n)
  })

  it('neither while a channel that is known is closing, whoever began it, nor afterwards', async () => {
    expect(await give(20n)).toBeUndefined()
    const known = book.channel(CHANNEL)
    if (!known) throw new Error('no channel')
    for (const state of ['closing', 'closed'] as const) {
      book.changeChannel(known, () => ({ state }), NOW)
      expect(await give(30n)).toBe('channel_closing')
      expect(book.channel(CHANNEL)).toMatchObject({ state, paid: 20n })
    }
  })
})

it('a voucher that another device shows is refused, of a channel that is known too', async () => {
  expect(await give(20n)).toBeUndefined()
  for (const other of [
    { ...payer, address: OWNER },
    { ...payer, device: toHex(newKey().publicKey) },
  ])
    await expect(desk.take(other, voucherOf(30n))).rejects.toMatchObject({ code: 'unauthorized' })
  expect(book.channel(CHANNEL)).toMatchObject({ paid: 20n })
})

describe('a channel that the ledger shows is refused', () => {
  const party = (party: typeof ownParty, change: Partial<typeof ownParty>) => ({ ...party, ...change })
  const cases: [string, Partial<LedgerChannel>, string][] = [
    ['to another address', { parties: [ownParty, party(nodeParty, { payout: ADDRESS })] }, 'unauthorized'],
    ['to another key', { parties: [ownParty, party(nodeParty, { key: device.publicKey })] }, 'unauthorized'],
    ['to the device itself', { parties: [ownParty, ownParty] }, 'unauthorized'],
    ['of another address', { parties: [party(ownParty, { payout: OWNER }), nodeParty] }, 'unauthorized'],
    ['of another device', { parties: [party(ownParty, { key: newKey().publicKey }), nodeParty] }, 'unauthorized'],
    ['of three', { parties: [ownParty, nodeParty, ownParty] }, 'unauthorized'],
    ['of another chain', { chain: '00000000' }, 'unauthorized'],
    ['that somebody is closing', { closesAt: NOW + WINDOW_MS }, 'channel_closing'],
    ['that is settled', { settled: true }, 'channel_closing'],
    ['that has a state already', { sequence: 1n }, 'channel_closing'],
    ['with a shorter window', { windowMs: WINDOW_MS - 1 }, 'invalid_params'],
    ['where the node holds something', { balances: [DEPOSIT - 1n, 1n] }, 'invalid_params'],
    ['where the node deposited', { deposits: [{ party: 1, amount: 5n }] }, 'invalid_params'],
  ]
  it.each(cases)('%s', async (_, change, refusal) => {
    onLedger = { ...opened, ...change }
    expect(await give(10n)).toBe(refusal)
    expect(book.channel(CHANNEL)).toBeUndefined()
    onLedger = opened
    expect(await give(10n)).toBeUndefined()
  })

  it('beyond four of one device', async () => {
    const channelOf = (index: number) => `0x${`${index}`.repeat(64)}`
    for (let index = 1; index <= 4; index++) expect(await give(10n, DEPOSIT, channelOf(index))).toBeUndefined()
    expect(await give(10n, DEPOSIT, channelOf(5))).toBe('rate_limited')
    expect(await give(11n, DEPOSIT, channelOf(4))).toBeUndefined()
  })
})

it('a voucher that promises nothing, more than is there, or counts what is not there is refused', async () => {
  const signed = voucherOf(10n)
  for (const change of [{ paid: 0n }, { paid: DEPOSIT + 1n }, { deposited: DEPOSIT + 1n }])
    await expect(desk.take(payer, { ...signed, ...change })).rejects.toMatchObject({ code: 'invalid_params' })
  const { signature } = voucherOf(11n)
  const forged = desk.take(payer, { ...signed, signature })
  await expect(forged).rejects.toMatchObject({ code: 'bad_signature' })
  expect(book.channel(CHANNEL)).toBeUndefined()
})

describe('a node agrees to an end', () => {
  const wish = (paid: bigint, sequence: bigint, deposited = DEPOSIT, close = true) => {
    const digest = channelStateDigest(CHAIN, stateOf(CHANNEL, deposited, paid, sequence), close)
    return { channel: CHANNEL, deposited, paid, sequence, signature: device.sign(digest) }
  }
  const ask = (wanted: ReturnType<typeof wish>) =>
    desk.consent(payer, wanted).catch((error: { code: string; reason?: string }) => error.reason ?? error.code)

  it('by what was promised, of all that is in the channel, and takes nothing more of it', async () => {
    expect(await give(20n)).toBeUndefined()
    expect(await ask(wish(20n, 21n))).toBeInstanceOf(Uint8Array)
    expect(book.channel(CHANNEL)).toMatchObject({ state: 'closing', shown: 20n })
    expect(await give(30n)).toBe('channel_closing')
  })

  it('but not by less than a voucher that came meanwhile promised', async () => {
    expect(await give(20n)).toBeUndefined()
    expect(await Promise.all([give(30n), ask(wish(20n, 21n))])).toEqual([undefined, 'old_voucher'])
    expect(book.channel(CHANNEL)).toMatchObject({ state: 'open', paid: 30n })
  })

  it('but not where more is owed, less is promised, or something else is signed', async () => {
    onLedger = { ...opened, deposits: [{ party: 0, amount: 500n }] }
    expect(await give(20n, 1_500n)).toBeUndefined()
    const signed = wish(20n, 21n, 1_500n)
    expect(await ask(wish(19n, 21n, 1_500n))).toBe('old_voucher')
    expect(await ask(wish(20n, 20n, 1_500n))).toBe('old_voucher')
    expect(await ask({ ...signed, paid: 1_501n, sequence: 1_502n })).toBe('old_voucher')
    expect(await ask(wish(20n, 21n))).toBe('other_deposit')
    expect(await ask(wish(20n, 21n, 1_500n, false))).toBe('bad_signature')
    unpaid = 5n
    expect(await ask(wish(24n, 25n, 1_500n))).toBe('nanos:5')
    expect(book.channel(CHANNEL)).toMatchObject({ state: 'open', paid: 20n })
  })
})

it('an address that names channels nobody knows has the ledger asked so often, and no more', async () => {
  onLedger = undefined
  const take = (address: string, channel: number) =>
    desk
      .take({ address, device: 'aa' }, { ...voucherOf(1n, 2n), channel: `0x${channel}` })
      .catch((error: { code: string }) => error.code)
  const codes: unknown[] = []
  for (let channel = 0; channel < 12; channel++) codes.push(await take('0xa', channel))
  expect(codes).toEqual([...Array.from({ length: 10 }, () => 'not_found'), 'rate_limited', 'rate_limited'])
  expect(await take('0xb', 0)).toBe('not_found')
  expect(looks).toBe(11)
})
