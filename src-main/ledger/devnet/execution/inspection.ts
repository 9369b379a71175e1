import type { MoveValue } from '../move/index.ts'
import type { Execution } from './execute.ts'
import type { Argument, LedgerTransaction } from './transaction.ts'

/** What one command of an inspected transaction gave. */
export interface CommandResult {
  returnValues: MoveValue[]
  /** What mutable references hold after the command. */
  mutableReferences: (MoveValue & { argument: Argument })[]
}

/** A transaction that was only tried: nobody signed it, nothing is kept. */
export interface Inspection {
  transaction: LedgerTransaction
  execution: Execution
  /** One for each command that ran. */
  results: CommandResult[]
}
