import { toBase64 } from '@iota/bcs'
import { ParleyError } from '../../contract/index.ts'
import type { UnsignedTransfer } from '../port.ts'
import { sumOf } from './coins.ts'
import { BUDGET_MARGIN, LEAST_GAS_UNITS, MAX_GAS_BUDGET } from './constants.ts'
import { feeOf } from './outcome.ts'
import type { RpcClient } from './rpc-client.ts'
import { dryRunSchema, type Effects } from './schemas.ts'
import { transactionDigest, transferBytes, type TransferFields } from './transfer.ts'

/** Lets the ledger try it, which tells the fee. Throws `insufficient_funds`. */
export async function simulate(rpc: RpcClient, fields: Omit<TransferFields, 'gasBudget'>): Promise<UnsignedTransfer> {
  const { nanos, coins, gasPrice, relay } = fields
  const forwarding = relay?.nanos ?? 0n
  const leastBudget = LEAST_GAS_UNITS * gasPrice
  const spare = least(coins.sum - (nanos ?? 0n) - forwarding, sumOf(coins.gas), MAX_GAS_BUDGET)
  // Asked nonetheless, the ledger would call the budget, and so the form, wrong.
  if (spare < leastBudget) throw shortOfFunds('the least fee is above what is there')
  const trial = toBase64(transferBytes({ ...fields, gasBudget: spare }))
  const { effects } = await rpc.call('iota_dryRunTransactionBlock', [trial], dryRunSchema)
  if (effects.status.status === 'failure') throw shortOfFunds(effects.status.error)
  const { fee, gasBudget } = budgetFor(effects, leastBudget, spare)
  const bytes = transferBytes({ ...fields, gasBudget })
  const net = fee.burned + fee.deposit + forwarding
  const arriving = nanos ?? coins.sum - net
  if (arriving < 1n) throw shortOfFunds('the fee takes all there is')
  const used = [...coins.gas, ...coins.merged].map(({ objectId, version }) => `${objectId}@${version}`)
  return {
    bytes,
    digest: transactionDigest(bytes),
    fee: { ...fee, relay: forwarding },
    nanos: arriving,
    total: arriving + net,
    coins: used,
  }
}

/** The simulated fee and a little more, as far as the coins allow. */
function budgetFor(effects: Effects, leastBudget: bigint, spare: bigint) {
  const fee = feeOf(effects)
  // What comes back is given when all is done: gas that is burned must be there before.
  const cost = fee.burned + (fee.deposit > 0n ? fee.deposit : 0n)
  const needed = cost > leastBudget ? cost : leastBudget
  if (needed > spare) throw shortOfFunds('the fee is above what is left')
  return { fee, gasBudget: least(needed + BUDGET_MARGIN, spare) }
}

/** A transfer's simulation has no other way to fail than too little in the coins. */
function shortOfFunds(reason: string): ParleyError {
  const message = 'The balance is too small for this amount and its fee.'
  return new ParleyError('insufficient_funds', message, { cause: new Error(reason.slice(0, 300)) })
}

function least(first: bigint, ...others: bigint[]): bigint {
  return others.reduce((smallest, value) => (value < smallest ? value : smallest), first)
}
