import type { CoinBalance, Transaction } from '../../../src-main/contract/index.ts'
import { NANOS, people } from './demo-data.ts'

const MINUTE = 60_000
const FEE = { burned: 1_000_000n, deposit: 980_400n, relay: 0n }
/** Of the payment of a request in the chat with Paula. */
export const LUNCH_DIGEST = 'LunchpQ2rT7vXzB1nM8kLwE4sD9fG3hJ6a'
const digestOf = (index: number) => `${index}cYpQ2rT7vXzB1nM8kLwE4sD9fG3hJ6a`

const base = { account: 0, kind: 'payment', direction: 'out', state: 'done', fee: FEE } as const
const { fee: _, ...received } = { ...base, direction: 'in' } as const

/** Connections through the ledger: by another, to another, and this device's own card. */
function records(now: number): Transaction[] {
  return [
    {
      ...received,
      digest: digestOf(2),
      kind: 'signalling',
      counterparty: people.dora,
      nanos: 1n,
      at: now - 1650 * MINUTE,
    },
    {
      ...base,
      digest: digestOf(1),
      kind: 'signalling',
      counterparty: people.emil,
      nanos: 1n,
      at: now - 1660 * MINUTE,
    },
    { ...base, digest: digestOf(4), kind: 'signalling', direction: 'self', nanos: 0n, at: now - 1700 * MINUTE },
  ]
}

/** A deposit at a relay node, and its end. */
function credits(now: number): Transaction[] {
  const kind = { ...base, kind: 'credit', counterparty: people.stranger } as const
  const fee = { ...FEE, deposit: -980_400n }
  return [
    {
      ...kind,
      digest: 'CreditBack7vXzB1nM8kLwE4sD9fG3hJ6a',
      direction: 'in',
      nanos: NANOS / 4n,
      fee,
      at: now - 15_000 * MINUTE,
    },
    { ...kind, digest: 'CreditOpen7vXzB1nM8kLwE4sD9fG3hJ6a', nanos: NANOS / 2n, at: now - 16_000 * MINUTE },
  ]
}

/** One payment of every kind and state, newest first. */
export function transactions(now: number): Transaction[] {
  return [
    {
      ...base,
      digest: digestOf(5),
      counterparty: people.bob,
      nanos: 4_500_000_000n,
      at: now - MINUTE,
      state: 'pending',
    },
    {
      ...received,
      digest: digestOf(6),
      counterparty: people.carla,
      nanos: 12n * NANOS,
      at: now - 200 * MINUTE,
      note: 'Share of the hut',
    },
    {
      ...base,
      digest: LUNCH_DIGEST,
      counterparty: people.paula,
      nanos: 4_500_000_000n,
      at: now - 1500 * MINUTE,
      note: 'Lunch on Friday',
    },
    { ...received, digest: digestOf(7), kind: 'faucet', nanos: 1000n * NANOS, at: now - 1600 * MINUTE },
    ...records(now),
    {
      ...base,
      digest: digestOf(8),
      counterparty: people.stranger,
      nanos: 123_456_789n,
      at: now - 9000 * MINUTE,
      state: 'failed',
      failure: 'insufficient_funds',
    },
    {
      ...base,
      digest: digestOf(9),
      counterparty: people.long,
      nanos: 9_007_199_254_740_993n,
      at: now - 12_000 * MINUTE,
      note: 'For the roof of the hut, the new stove, and everything that Maximiliane paid in advance last winter',
    },
    ...credits(now),
    {
      ...base,
      digest: digestOf(3),
      direction: 'self',
      nanos: 5n * NANOS,
      fee: { ...FEE, deposit: -980_400n },
      at: now - 20_000 * MINUTE,
    },
  ]
}

/** `count` payments, newest first, the same each time: every ninth pending or failed. */
export function manyTransactions(count: number, now: number): Transaction[] {
  const others = [people.bob, people.carla, people.long, people.paula]
  return Array.from({ length: count }, (_, index): Transaction => {
    const incoming = index % 3 === 0
    const state = index % 9 === 4 ? 'failed' : index === 0 || index === 11 ? 'pending' : 'done'
    return {
      digest: `Many${String(count - index).padStart(4, '0')}T7vXzB1nM8kLwE4sD9fG3hJ6a`,
      account: 0,
      kind: 'payment',
      direction: incoming ? 'in' : 'out',
      counterparty: others[(index * 7) % others.length] ?? people.bob,
      nanos: BigInt((index * 7919) % 100_000) * 1_000_000n + 10_000_000n,
      at: now - index * 95 * MINUTE,
      state,
      ...(incoming ? {} : { fee: FEE }),
      ...(state === 'failed' ? { failure: 'insufficient_funds' } : {}),
      ...(index % 10 === 0 ? { note: `Invoice ${count - index}` } : {}),
    }
  })
}

export function coins(iota: bigint): CoinBalance[] {
  const packageId = `0x${'5'.repeat(64)}`
  return [
    { coinType: '0x2::iota::IOTA', symbol: 'IOTA', name: 'IOTA', decimals: 9, amount: iota, objects: 12 },
    {
      coinType: `${packageId}::hut::HUT`,
      symbol: 'HUT',
      name: 'Hut vouchers',
      decimals: 2,
      amount: 12_050n,
      objects: 1,
    },
    {
      coinType: `${packageId}::gift::GIFT`,
      symbol: 'CLAIM-YOUR-GIFT-AT-EXAMPLE',
      name: 'A coin with a very long name that somebody chose to be seen in other wallets',
      decimals: 18,
      amount: 123_456_789_012_345_678_901_234n,
      objects: 3,
    },
  ]
}
