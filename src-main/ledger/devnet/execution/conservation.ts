import type { MoveMachine } from '../move/index.ts'
import { coinValue, isGasCoin, type LedgerObject, moveTypeOf } from '../objects/index.ts'
import { ExecutionFailure } from './errors.ts'
import type { CheckedTransaction, Draft, GasUsed, ObjectChange, Writes } from './types.ts'
import { UPGRADE_CAP_TYPE } from './value.ts'

/**
 * Commands move NANOS between coins and what other objects hold; they neither make nor lose any. Bytecode that no compiler
 * would write could try to. Throws ExecutionFailure InvariantViolation: the transaction fails, and pays.
 */
export function checkNothingMade(checked: CheckedTransaction, writes: Writes, machine: MoveMachine): void {
  const [{ id: gasId }] = checked.gasCoins
  let before = 0n
  let after = writes.gasNanos
  for (const object of checked.objects.values()) before += heldBy(machine, object)
  for (const draft of writes.drafts.values()) if (draft.id !== gasId) after += heldBy(machine, draft)
  if (before !== after) throw new ExecutionFailure({ InvariantViolation: true })
}

/**
 * Every NANO that went in must come out, in balances and deposits or burned. A difference that is left when gas is paid is
 * a fault of this ledger: it is thrown before anything is kept.
 */
export function checkConservation(
  machine: MoveMachine,
  changes: readonly ObjectChange[],
  { computationCostBurned }: GasUsed,
): void {
  let before = 0n
  let after = computationCostBurned
  for (const change of changes) {
    before += nanosOf(machine, change.before)
    after += nanosOf(machine, change.after)
  }
  if (before !== after) throw new Error(`a transaction would turn ${before} NANOS into ${after}`)
}

function nanosOf(machine: MoveMachine, object: LedgerObject | undefined): bigint {
  return object ? object.storageRebate + heldBy(machine, object) : 0n
}

/** NANOS in a coin, or in the balances of any other object. */
function heldBy(machine: MoveMachine, object: Pick<Draft, 'type' | 'contents'>): bigint {
  if (isGasCoin(object)) return coinValue(object)
  if ('Package' in object.type || 'Coin' in object.type) return 0n
  const type = moveTypeOf(object)
  return type === UPGRADE_CAP_TYPE ? 0n : machine.balanceOf(type, object.contents)
}
