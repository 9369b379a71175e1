import { ParleyError } from '../../contract/index.ts'
import type { CoinRef } from '../port.ts'
import { COIN_PAGE, MAX_COIN_PAGES, MAX_COINS, MAX_GAS_COINS } from './constants.ts'
import { type RpcClient, unreadable } from './rpc-client.ts'
import { type CoinPage, coinPageSchema } from './schemas.ts'

/** Every IOTA coin of an address. */
export async function coinsOf(rpc: RpcClient, owner: string): Promise<CoinRef[]> {
  const coins = new Map<string, CoinRef>()
  let cursor: string | null = null
  for (let page = 0; page < MAX_COIN_PAGES; page++) {
    const answer: CoinPage = await rpc.call('iotax_getCoins', [owner, null, cursor, COIN_PAGE], coinPageSchema)
    for (const { coinObjectId: objectId, version, digest, balance } of answer.data)
      coins.set(objectId, { objectId, version: version.toString(), digest, balance })
    if (!answer.hasNextPage) return [...coins.values()]
    // A ledger that gives the same page for ever must not keep us.
    if (answer.nextCursor == null || answer.nextCursor === cursor) throw unreadable('iotax_getCoins', 'cursor')
    cursor = answer.nextCursor
  }
  return [...coins.values()]
}

export interface CoinChoice {
  /** Pay for gas together and become one coin; never empty. */
  gas: CoinRef[]
  /** Merged into it by commands, where more coins are needed than may pay for gas. */
  merged: CoinRef[]
  /** NANOS in all of them. */
  sum: bigint
}

/** Without those that are reserved by id or by `id@version`. */
export function freeOf(coins: readonly CoinRef[], reserved: ReadonlySet<string>): CoinRef[] {
  return coins.filter((coin) => !isReserved(coin, reserved))
}

/** A larger one may come between the looks of two devices: then they share the other. */
const SHARED_COINS = 2

/** The largest of all coins; nobody but a giver of much can change which they are. Throws `conflict` where one is reserved. */
export function sharedCoins(coins: readonly CoinRef[], reserved: ReadonlySet<string>): CoinRef[] {
  const shared = largestFirst(coins).slice(0, SHARED_COINS)
  if (!shared.some((coin) => isReserved(coin, reserved))) return shared
  const message = 'Another payment uses the coins of this account. Nothing was sent; please try again.'
  throw new ParleyError('conflict', message, { reason: 'coins_changed' })
}

/**
 * The fewest coins that hold `wanted` NANOS, largest first and at least `count` of them, or, where there is less, all: the
 * simulation then decides. Throws `insufficient_funds` when they do not even hold `least`.
 */
export function chooseCoins(coins: readonly CoinRef[], wanted: bigint, least: bigint, count: number): CoinRef[] {
  const chosen: CoinRef[] = []
  let sum = 0n
  for (const coin of largestFirst(coins.filter(({ balance }) => balance > 0n))) {
    if (sum >= wanted && chosen.length >= count) break
    chosen.push(coin)
    sum += coin.balance
  }
  if (sum < least) throw new ParleyError('insufficient_funds', 'The balance is too small for this amount and its fee.')
  return chosen
}

/** Every coin, for a transfer of all there is. Throws `insufficient_funds`. */
export function everyCoin(coins: readonly CoinRef[]): CoinRef[] {
  if (sumOf(coins) === 0n) throw new ParleyError('insufficient_funds', 'There is nothing to send.')
  return largestFirst(coins)
}

/** Throws `too_large` where one transaction cannot hold them. */
export function together(coins: readonly CoinRef[]): CoinChoice {
  if (coins.length > MAX_COINS)
    throw new ParleyError(
      'too_large',
      `The balance lies in ${coins.length} coins; one payment takes at most ${MAX_COINS}. Send a large part first, then the rest.`,
      { reason: 'many_coins' },
    )
  return { gas: coins.slice(0, MAX_GAS_COINS), merged: coins.slice(MAX_GAS_COINS), sum: sumOf(coins) }
}

/** NANOS. */
export function sumOf(coins: readonly CoinRef[]): bigint {
  return coins.reduce((sum, { balance }) => sum + balance, 0n)
}

/** Equal coins in order of id, so that the same question has the same answer. */
export function largestFirst(coins: readonly CoinRef[]): CoinRef[] {
  return [...coins].sort((a, b) => {
    if (a.balance !== b.balance) return a.balance > b.balance ? -1 : 1
    return a.objectId < b.objectId ? -1 : 1
  })
}

function isReserved({ objectId, version }: CoinRef, reserved: ReadonlySet<string>): boolean {
  return reserved.has(objectId) || reserved.has(`${objectId}@${version}`)
}
