import { coinContents, gasSize, type LedgerObject } from '../objects/index.ts'
import { COMPUTATION_UNITS, NANOS_PER_STORED_BYTE } from './constants.ts'
import { ExecutionFailure } from './errors.ts'
import type { Draft } from './writes.ts'
import type { CheckedTransaction } from './validate.ts'

/** NANOS, as in effects. */
export interface GasUsed {
  computationCost: bigint
  computationCostBurned: bigint
  storageCost: bigint
  storageRebate: bigint
  nonRefundableStorageFee: bigint
}

/** What the sender pays in all; negative when more deposit comes back than the rest costs. */
export function netCost(gas: GasUsed): bigint {
  return gas.computationCost + gas.storageCost - gas.storageRebate + gas.nonRefundableStorageFee
}

/** Sets the deposit of every written object and adds up the bill. */
export function chargeStorage(checked: CheckedTransaction, drafts: Map<string, Draft>): GasUsed {
  let storageCost = 0n
  for (const draft of drafts.values()) {
    draft.storageRebate = gasSize(draft) * NANOS_PER_STORED_BYTE
    storageCost += draft.storageRebate
  }
  const computationCost = COMPUTATION_UNITS * checked.transaction.gas.price
  return {
    computationCost,
    computationCostBurned: computationCost,
    storageCost,
    storageRebate: rebateOf(checked.objects.values()),
    nonRefundableStorageFee: 0n,
  }
}

/** Throws InsufficientGas when the bill is above the budget. */
export function checkBudget(checked: CheckedTransaction, gas: GasUsed): void {
  if (netCost(gas) > checked.transaction.gas.budget) throw new ExecutionFailure({ InsufficientGas: true })
}

/** Takes the bill from the coin that pays. */
export function payGas(drafts: Map<string, Draft>, gasId: string, nanos: bigint, gas: GasUsed): void {
  const coin = drafts.get(gasId)
  if (!coin) throw new Error('the gas coin was not written')
  coin.contents = coinContents(gasId, nanos - netCost(gas))
}

function rebateOf(objects: Iterable<LedgerObject>): bigint {
  let sum = 0n
  for (const object of objects) sum += object.storageRebate
  return sum
}
