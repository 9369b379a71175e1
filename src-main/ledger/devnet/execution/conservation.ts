import { coinValue, isGasCoin, type LedgerObject } from '../objects/index.ts'
import type { GasUsed, ObjectChange } from './types.ts'

/**
 * Every NANO that went in must come out, in coins and deposits or burned. Looked at for each transaction without Move
 * calls, whose objects may hold NANOS in places that only their module knows. A difference is a fault of this ledger:
 * it is thrown before anything is kept.
 */
export function checkConservation(changes: readonly ObjectChange[], { computationCostBurned }: GasUsed): void {
  let before = 0n
  let after = computationCostBurned
  for (const change of changes) {
    before += nanosOf(change.before)
    after += nanosOf(change.after)
  }
  if (before !== after) throw new Error(`a transaction would turn ${before} NANOS into ${after}`)
}

function nanosOf(object: LedgerObject | undefined): bigint {
  if (!object) return 0n
  return object.storageRebate + (isGasCoin(object) ? coinValue(object) : 0n)
}
