import type { Fee } from '../../contract/index.ts'
import type { CoinRef, TransferPlan, UnsignedTransfer } from '../port.ts'
import { largestFirst, sumOf, together } from './coins.ts'
import { BUDGET_MARGIN, COIN_DEPOSIT, LEAST_GAS_UNITS, MAX_COINS } from './constants.ts'
import type { RpcClient } from './rpc-client.ts'
import { simulate } from './simulate.ts'
import type { TransferFields } from './transfer.ts'

type Wanted = Omit<TransferFields, 'gasBudget' | 'coins'>

/**
 * The first merge of a transfer that needs more coins than one transaction takes, with what all will cost. Merges are full
 * and alike, and a fee depends on how many coins there are, not on which: so this one stands for all of them, and the
 * transfer at the end is tried with as many of the coins that there are now.
 */
export async function prepareMerge(
  rpc: RpcClient,
  wanted: Wanted,
  free: readonly CoinRef[],
  choose: (free: readonly CoinRef[]) => CoinRef[],
): Promise<UnsignedTransfer> {
  const { from, gasPrice } = wanted
  const first = together(largestFirst(free).slice(0, MAX_COINS))
  const { relay } = wanted
  const merge = await simulate(rpc, { from, to: from, nanos: undefined, coins: first, gasPrice, relay })
  let merges = 0
  let [left, chosen] = [largestFirst(free), choose(free)]
  while (chosen.length > MAX_COINS) {
    const balance = sumOf(left.slice(0, MAX_COINS)) - netOf(merge.fee)
    left = largestFirst([{ ...(left[0] as CoinRef), balance }, ...left.slice(MAX_COINS)])
    chosen = choose(left)
    merges++
  }
  const last = await feeOfLast(rpc, wanted, largestFirst(free), chosen.length)
  return { ...merge, plan: planOf(merges, merge.fee, last, wanted.nanos ?? sumOf(chosen) - netOf(last)) }
}

function planOf(merges: number, merge: Fee, last: Fee, nanos: bigint): TransferPlan {
  const burned = BigInt(merges) * merge.burned + last.burned
  const deposit = BigInt(merges) * merge.deposit + last.deposit
  const relay = BigInt(merges) * merge.relay + last.relay
  return { transactions: merges + 1, fee: { burned, deposit, relay }, nanos, total: nanos + burned + deposit + relay }
}

/** Of a transfer of `count` coins; more are tried where so many of today's cannot pay for gas, and what they free is taken off. */
async function feeOfLast(rpc: RpcClient, wanted: Wanted, coins: readonly CoinRef[], count: number): Promise<Fee> {
  const enough = LEAST_GAS_UNITS * wanted.gasPrice + 2n * COIN_DEPOSIT + BUDGET_MARGIN
  let tried = count
  while (tried < MAX_COINS && sumOf(coins.slice(0, tried)) < enough) tried++
  const nanos = wanted.nanos === undefined ? undefined : 1n
  const { fee } = await simulate(rpc, { ...wanted, nanos, coins: together(coins.slice(0, tried)) })
  return { ...fee, deposit: fee.deposit + BigInt(tried - count) * COIN_DEPOSIT }
}

function netOf({ burned, deposit, relay }: Fee): bigint {
  return burned + deposit + relay
}
