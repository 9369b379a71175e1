import { coinContents, gasSize, type LedgerObject } from '../objects/index.ts'
import { COMPUTATION_UNITS, NANOS_PER_STORED_BYTE, UNITS_ROUNDING } from './constants.ts'
import { ExecutionFailure } from './errors.ts'
import type { CheckedTransaction, Draft, GasUsed } from './types.ts'

/** What the sender pays in all; negative when more deposit comes back than the rest costs. */
export function netCost(gas: GasUsed): bigint {
  return gas.computationCost + gas.storageCost - gas.storageRebate + gas.nonRefundableStorageFee
}

/** Sets the deposit of every written object and adds up the bill; `units` are those of Move instructions. */
export function chargeStorage(checked: CheckedTransaction, drafts: Map<string, Draft>, units: bigint): GasUsed {
  let storageCost = 0n
  for (const draft of drafts.values()) {
    draft.storageRebate = gasSize(draft) * NANOS_PER_STORED_BYTE
    storageCost += draft.storageRebate
  }
  const { price, budget } = checked.transaction.gas
  const computation = bucketOf(units) * price
  // Who runs out of gas has spent it all.
  const computationCost = computation < budget ? computation : budget
  return {
    computationCost,
    computationCostBurned: computationCost,
    storageCost,
    storageRebate: rebateOf(checked.objects.values()),
    nonRefundableStorageFee: 0n,
  }
}

function bucketOf(units: bigint): bigint {
  if (units <= COMPUTATION_UNITS) return COMPUTATION_UNITS
  return ((units + UNITS_ROUNDING - 1n) / UNITS_ROUNDING) * UNITS_ROUNDING
}

/** Throws InsufficientGas when the bill is above the budget. */
export function checkBudget(checked: CheckedTransaction, gas: GasUsed): void {
  const { budget } = checked.transaction.gas
  if (gas.computationCost > budget || netCost(gas) > budget) throw new ExecutionFailure({ InsufficientGas: true })
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
