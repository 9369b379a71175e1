/**
 * Runs transactions as an IOTA node does: decode, check, execute, charge gas, make effects. Nothing here keeps state.
 *
 *   const transaction = decodeTransaction(bytes)
 *   await verifySigners(transaction, signatures)
 *   const execution = execute(checkTransaction(transaction, objects, epoch, 'execute'), context)
 */
export * from './constants.ts'
export type { ExecutionContext, Mode } from './context.ts'
export type { ChangeKind, ExecutionStatus, ObjectChange, SharedInput } from './effects.ts'
export { InvalidTransaction, MalformedTransaction, NotSupported } from './errors.ts'
export { execute, type Execution, inspect, type PublishedPackage } from './execute.ts'
export type { CommandResult, Inspection } from './inspection.ts'
export { type GasUsed } from './gas.ts'
export {
  type Argument,
  type CallInput,
  type Command,
  decodeTransaction,
  decodeUnsigned,
  type LedgerTransaction,
} from './transaction.ts'
export { type CheckedTransaction, checkTransaction } from './validate.ts'
export { verifySigners } from './verify.ts'
