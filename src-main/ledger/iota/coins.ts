import { ParleyError } from '../../contract/index.ts'
import type { CoinRef } from '../port.ts'
import { COIN_PAGE, MAX_COIN_PAGES, MAX_GAS_COINS, MAX_MERGED_COINS } from './constants.ts'
import { type RpcClient, unreadable } from './rpc-client.ts'
import { type CoinPage, coinPageSchema } from './schemas.ts'

/** Every IOTA coin of an address, except the reserved ones. */
export async function freeCoins(rpc: RpcClient, owner: string, reserved: ReadonlySet<string>): Promise<CoinRef[]> {
  const coins = new Map<string, CoinRef>()
  let cursor: string | null = null
  for (let page = 0; page < MAX_COIN_PAGES; page++) {
    const answer: CoinPage = await rpc.call('iotax_getCoins', [owner, null, cursor, COIN_PAGE], coinPageSchema)
    for (const { coinObjectId: objectId, version, digest, balance } of answer.data)
      if (!reserved.has(objectId) && !reserved.has(`${objectId}@${version}`))
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

/**
 * The fewest coins that hold `wanted` NANOS, or, where there is less, all: the simulation then decides.
 * Throws `insufficient_funds` when they do not even hold `least`.
 */
export function chooseCoins(coins: readonly CoinRef[], wanted: bigint, least: bigint): CoinChoice {
  const sorted = coins.filter(({ balance }) => balance > 0n).sort(largestFirst)
  const chosen: CoinRef[] = []
  let sum = 0n
  for (const coin of sorted) {
    if (sum >= wanted) break
    chosen.push(coin)
    sum += coin.balance
  }
  if (sum < least) throw new ParleyError('insufficient_funds', 'The balance is too small for this amount and its fee.')
  if (chosen.length > MAX_GAS_COINS + MAX_MERGED_COINS)
    throw new ParleyError('invalid_params', 'The balance lies in too many small coins. Please send it in parts.')
  return { gas: chosen.slice(0, MAX_GAS_COINS), merged: chosen.slice(MAX_GAS_COINS), sum }
}

/** Every coin, for a transfer of all there is. Throws `insufficient_funds`, and `too_large` where one transfer cannot hold them. */
export function everyCoin(coins: readonly CoinRef[]): CoinChoice {
  const sorted = [...coins].sort(largestFirst)
  const sum = sorted.reduce((total, { balance }) => total + balance, 0n)
  if (sum === 0n) throw new ParleyError('insufficient_funds', 'There is nothing to send.')
  const most = MAX_GAS_COINS + MAX_MERGED_COINS
  if (sorted.length > most)
    throw new ParleyError(
      'too_large',
      `The balance lies in ${sorted.length} coins; one payment takes at most ${most}. Send a large part first, then the rest.`,
      { reason: 'many_coins' },
    )
  return { gas: sorted.slice(0, MAX_GAS_COINS), merged: sorted.slice(MAX_GAS_COINS), sum }
}

/** Equal coins in order of id, so that the same question has the same answer. */
function largestFirst(a: CoinRef, b: CoinRef): number {
  if (a.balance !== b.balance) return a.balance > b.balance ? -1 : 1
  return a.objectId < b.objectId ? -1 : 1
}
