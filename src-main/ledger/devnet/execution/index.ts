/**
 * Runs transactions as an IOTA node does: decode, check, execute, charge gas, make effects. Nothing here keeps state.
 *
 *   const transaction = decodeTransaction(bytes)
 *   await verifySigners(transaction, signatures)
 *   const execution = execute(checkTransaction(transaction, objects, epoch, 'execute'), context)
 */
export * from './constants.ts'
export type {
  ChangeKind,
  CheckedTransaction,
  CommandResult,
  Execution,
  ExecutionContext,
  ExecutionStatus,
  GasUsed,
  Inspection,
  Mode,
  ObjectChange,
  PublishedPackage,
  SharedInput,
} from './types.ts'
export { InvalidTransaction, MalformedTransaction, NotSupported } from './errors.ts'
export { execute, inspect } from './execute.ts'
export {
  type Argument,
  type CallInput,
  type Command,
  decodeTransaction,
  decodeUnsigned,
  type LedgerTransaction,
} from './transaction.ts'
export { checkTransaction } from './validate.ts'
export { verifySigners } from './verify.ts'
