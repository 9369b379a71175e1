import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Clock, concat, Secret, silentLog, systemClock, systemRandom, toHex } from '../../base/index.ts'
import { type Fee, ParleyError } from '../../contract/index.ts'
import type { ChannelRequest, Channels, LedgerChannel } from '../../ledger/index.ts'
import type { LinkedNode } from '../../overlay/index.ts'
import { openStore, type Store } from '../../store/index.ts'
import { testIdentity } from '../../testing/testnet-nodes.ts'
import { hash256 } from '../../wire/index.ts'
import { payablePrices } from './accepted-prices.ts'
import { RelayFees } from './relay-fees.ts'
import type { CreditOrder, ToldFees } from './types.ts'

const NODE = 'a'.repeat(64)
const OWNER = `0x${'1'.repeat(64)}`
const CHANNEL = `0x${'2'.repeat(64)}`
const PRICES = { relayedMb: 1_000n, storedMbDay: 0n, forwardedTransaction: 0n }
const DEPOSIT = 50_000n
const NO_FEE = { burned: 0n, deposit: 0n, relay: 0n }
const { deviceKey } = testIdentity()

let folder: string
let store: Store
let fees: RelayFees
let told: ToldFees
/** What the wallet was given to sign: it goes out, and nobody knows what becomes of it. */
let calls: string[]
/** What the ledger shows. */
let channel: LedgerChannel | undefined
let openedFrom: () => ReturnType<Channels['openedFrom']>
let openedBy: () => Promise<string | undefined>
let now: number
/** What the node was asked, and what it answers where it is not its prices. */
let asked: string[]
let answers: Partial<Record<string, () => Promise<never>>>
/** What an end takes. */
let endFee: Fee
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-credits-'))
  const key = new Secret(systemRandom.bytes(32))
  const clock: Clock = { ...systemClock, now: () => now, steady: () => now }
  now = 1_800_000_000_000
  store = openStore({ file: join(folder, 'x.db'), key, clock, log: silentLog })
  told = {
    ...{ prices: { ...PRICES }, allowance: 0n, usedToday: 0n, credit: 1_000n, meter: 1n, voucher: null },
    ...{ relayedBytes: 0n, storedByteMs: 0n, charged: 0n, unpaid: 0n, postage: 0n, posted: 0n, ahead: 0n },
    payee: { owner: OWNER, packageId: OWNER, windowMs: 5_000n, record: null },
  }
  calls = []
  endFee = { ...NO_FEE, burned: 2_000n, relay: 500n }
  channel = undefined
  openedFrom = () => Promise.reject(new Error('nothing is told of what was before'))
  openedBy = () => Promise.resolve(channel?.id)
  const channels = {
    packageId: OWNER,
    openedFrom: () => openedFrom(),
    openedBy: () => openedBy(),
    read: () => Promise.resolve(channel),
    prepare: ({ call }: ChannelRequest) =>
      Promise.resolve({ digest: call.kind, fee: call.kind === 'startClose' ? endFee : NO_FEE }),
    endCost: () => Promise.resolve({ together: { ...endFee, burned: endFee.burned / 2n }, alone: endFee }),
  } as unknown as Channels
  const pay = async ({ prepare, onRecord }: CreditOrder) => {
    const { digest } = await prepare(new Set())
    calls.push(digest)
    onRecord?.(`${digest} ${calls.length}`)
    return { digest, fee: NO_FEE, state: 'pending' as const }
  }
  asked = []
  answers = {}
  const answer = (kind: string) => {
    asked.push(kind)
    return answers[kind]?.() ?? Promise.resolve(told as never)
  }
  const node: LinkedNode = { nodeKey: NODE, endpoint: 'wss://127.0.0.1:1', home: true, request: answer }
  fees = new RelayFees({
    ...{ store, wallet: { pay }, deviceKey, self: OWNER, nodes: () => [node], clock, log: silentLog },
    ledger: {
      chain: () => Promise.resolve('0badcafe'),
      channels: () => Promise.resolve(channels),
      registry: () => Promise.resolve(undefined),
      epoch: () => Promise.resolve({ epoch: 1n } as never),
    },
    onChange: () => {},
    onPostage: () => {},
  })
})
afterEach(() => {
  fees.stop()
  store.close()
  rmSync(folder, { recursive: true })
})

/** A channel of this device as it was opened. */
function opened(closesAt = 0): LedgerChannel {
  const parties = [
    { key: deviceKey.publicKey, payout: OWNER },
    { key: Buffer.from(NODE, 'hex'), payout: OWNER },
  ]
  const sums = { base: DEPOSIT, funds: DEPOSIT, balances: [DEPOSIT, 0n], sequence: 0n, deposits: [] }
  return { id: CHANNEL, chain: '0badcafe', parties, ...sums, windowMs: 5_000, sharedAt: 1n, settled: false, closesAt }
}

const states = () => store.relayFees.credits().map(({ state }) => state)
const open = () => fees.open(NODE, DEPOSIT, PRICES)

it('a deposit that is on its way is not made a second time, and is found when it is there', async () => {
  for (const _ of [1, 2]) await expect(open()).rejects.toMatchObject({ code: 'timeout' })
  expect(calls).toEqual(['open'])
  channel = opened()
  await expect(open()).rejects.toMatchObject({ code: 'timeout' })
  expect(calls).toEqual(['open', 'deposit'])
  expect(states()).toEqual(['open'])
})

/** A credit whose transaction the ledger executed, of which its server knows nothing any more; answers the channel that it opened. */
async function forgotten(): Promise<string> {
  const digest = '1'.repeat(32)
  await open().catch(() => {})
  const [row] = store.relayFees.credits()
  if (!row) throw new Error('no credit')
  store.relayFees.saveCredit({ ...row, state: 'closed' })
  store.relayFees.saveCredit({ ...row, digest })
  addTransfer(digest, 'done')
  return `0x${toHex(hash256(concat(Uint8Array.of(0xf1), new Uint8Array(32), new Uint8Array(8))))}`
}

function addTransfer(digest: string, state: 'pending' | 'done'): void {
  const none = { bytes: new Uint8Array(), signature: new Uint8Array(), coins: [], failure: undefined, at: now }
  const sums = { nanos: DEPOSIT, burned: 0n, deposit: 0n, relay: 0n, requestId: undefined, refusedAt: undefined }
  store.transfers.add({ digest, account: 0, kind: 'credit', to: OWNER, state, ...sums, ...none })
}

it('a credit whose opening a server has forgotten, or names wrongly, is found among what the address opened', async () => {
  const id = await forgotten()
  channel = { ...opened(), id }
  openedFrom = () => Promise.resolve({ channels: [CHANNEL, id], cursor: undefined })
  openedBy = () => Promise.reject(new ParleyError('ledger_unreachable', 'An object of another transaction.'))
  await expect(open()).rejects.toMatchObject({ code: 'ledger_unreachable' })
  now += 10 * 60_000
  await open().catch(() => {})
  expect(calls).toEqual(['open', 'deposit'])
  expect(store.relayFees.credits().find(({ state }) => state === 'open')?.channel).toBe(id)
})

it('a credit that is found nowhere keeps nobody from opening another, and is looked for on', async () => {
  const id = await forgotten()
  openedBy = () => Promise.resolve(undefined)
  await expect(open()).rejects.toMatchObject({ code: 'timeout' })
  now += 10 * 60_000
  await open().catch(() => {})
  expect(calls).toEqual(['open', 'open'])
  channel = { ...opened(), id }
  openedFrom = () => Promise.resolve({ channels: [id], cursor: undefined })
  now += 20 * 60_000
  fees.start()
  await expect.poll(() => states().sort()).toEqual(['closed', 'open', 'opening'])
})

it('nothing is added to a credit while what was added before is on its way', async () => {
  await open().catch(() => {})
  channel = opened()
  addTransfer('d', 'pending')
  await expect(open()).rejects.toMatchObject({ code: 'timeout' })
  expect(calls).toEqual(['open'])
})

it('a settlement that failed is made again, and only the ledger says that a credit is closed', async () => {
  await open().catch(() => {})
  channel = opened(now - 60_000)
  fees.start()
  await expect.poll(() => calls).toEqual(['open', 'settle', 'settle'])
  expect(states()).toEqual(['closing'])
  channel = { ...channel, settled: true }
  await expect.poll(states).toEqual(['closed'])
})

it('an end that failed is made again: nothing is promised from that credit or added to it, and another may be opened', async () => {
  await open().catch(() => {})
  channel = opened()
  await open().catch(() => {})
  await fees.close(NODE)
  expect(asked).toContain('closeChannel')
  await expect(fees.close(NODE)).rejects.toMatchObject({ code: 'conflict', reason: 'credit_closing' })
  now += 61_000
  fees.start()
  await expect.poll(() => calls).toEqual(['open', 'deposit', 'startClose', 'startClose'])
  expect(states()).toEqual(['closing'])
  const ended = channel
  channel = undefined
  await open().catch(() => {})
  expect(calls.at(-1)).toBe('open')
  channel = ended
})

it('an end that the node may have agreed to is on disk before it is asked; one that it refuses is none', async () => {
  await open().catch(() => {})
  channel = opened()
  await open().catch(() => {})
  let before: string[] = []
  const refuse = () => {
    before = states()
    return Promise.reject(new ParleyError('payment_required', 'Something is owed.'))
  }
  told.unpaid = 500n
  answers.closeChannel = refuse
  await expect(fees.close(NODE)).rejects.toMatchObject({ reason: 'credit_owes' })
  expect([before, states()]).toEqual([['closing'], ['open']])
})

it('the prices that were shown are agreed to, by what is signed and no sooner; never higher ones that are told meanwhile', async () => {
  told.prices.relayedMb = 900_000n
  await expect(open()).rejects.toMatchObject({ code: 'conflict', reason: 'higher_prices' })
  expect(calls).toEqual([])
  expect(payablePrices(store, NODE, PRICES).relayedMb).toBe(0n)
  told.prices.relayedMb = 800n
  await open().catch(() => {})
  expect(payablePrices(store, NODE, PRICES).relayedMb).toBe(800n)
})

it('a deposit for postage, where no prices were shown, is no consent to any', async () => {
  await fees.open(NODE, DEPOSIT).catch(() => {})
  expect(calls).toEqual(['open'])
  expect(payablePrices(store, NODE, PRICES).relayedMb).toBe(0n)
})

it('nothing is added to a channel that is known by the word of a server alone', async () => {
  await open().catch(() => {})
  channel = opened()
  await open().catch(() => {})
  const [row] = store.relayFees.credits()
  if (!row) throw new Error('no credit')
  store.relayFees.saveCredit({ ...row, channel: undefined, state: 'closed' })
  store.relayFees.saveCredit({ ...row, digest: CHANNEL })
  await open().catch(() => {})
  expect(calls).toEqual(['open', 'deposit', 'open'])
})

it('a node that is linked and does not tell what it is owed keeps nobody from ending a credit', async () => {
  await open().catch(() => {})
  channel = opened()
  await open().catch(() => {})
  const silent = () => Promise.reject(new ParleyError('timeout', 'The node did not answer in time.'))
  answers = { getFees: silent, closeChannel: silent }
  expect(await fees.endCost(NODE)).toMatchObject({ fee: endFee, returned: DEPOSIT })
  expect(await fees.close(NODE)).toMatchObject({ returned: DEPOSIT })
  expect(calls.at(-1)).toBe('startClose')
})

it('a node that wants more than was used before it agrees keeps nobody from ending a credit', async () => {
  await open().catch(() => {})
  channel = opened()
  await open().catch(() => {})
  told.unpaid = 40_000n
  answers.closeChannel = () => Promise.reject(new ParleyError('payment_required', 'Something is owed.'))
  expect(await fees.endCost(NODE)).toMatchObject({ returned: DEPOSIT, kept: 0n })
  expect(await fees.close(NODE)).toMatchObject({ returned: DEPOSIT })
  expect(calls.at(-1)).toBe('startClose')
})

it('what was used without the credit of another device does not lessen what comes back of it', async () => {
  await open().catch(() => {})
  channel = opened()
  await open().catch(() => {})
  const [row] = store.relayFees.credits()
  if (!row) throw new Error('no credit')
  store.relayFees.saveCredit({ ...row, state: 'elsewhere' })
  const [payer, payee] = channel.parties
  if (!payer || !payee) throw new Error('no parties')
  channel = { ...channel, parties: [{ ...payer, key: payee.key }, payee] }
  told.unpaid = 300n
  expect(await fees.endCost(NODE)).toMatchObject({ returned: DEPOSIT, kept: 0n, atOnce: false })
})

it('what an end costs is told without a word to the node about it, and nothing is done that costs more than was shown', async () => {
  await expect(fees.endCost(NODE)).rejects.toMatchObject({ code: 'not_found' })
  await open().catch(() => {})
  channel = opened()
  await open().catch(() => {})
  told.unpaid = 300n
  const cost = await fees.endCost(NODE)
  const sums = { returned: DEPOSIT - 300n, kept: 300n }
  expect(cost).toEqual({ fee: endFee, ...sums, atOnce: true, windowMs: 5_000 })
  expect([calls, states()]).toEqual([['open', 'deposit'], ['open']])
  endFee = { ...endFee, burned: 2_001n }
  await expect(fees.close(NODE, 2_500n)).rejects.toMatchObject({ code: 'conflict', reason: 'higher_fee' })
  expect(asked).not.toContain('closeChannel')
  expect([calls, states()]).toEqual([['open', 'deposit'], ['open']])
  told.unpaid = 0n
  expect(await fees.close(NODE, 2_501n)).toMatchObject({ returned: DEPOSIT - 300n })
  expect(calls.at(-1)).toBe('startClose')
  channel = opened(now + 5_000)
  await expect(fees.endCost(NODE)).rejects.toMatchObject({ code: 'conflict', reason: 'credit_closing' })
})
