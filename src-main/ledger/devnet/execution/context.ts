import type { MoveMachine } from '../move/index.ts'

/** What a transaction sees of the ledger beside its objects. */
export interface ExecutionContext {
  epoch: bigint
  /** Milliseconds since 1970. */
  epochStartMs: number
  /** Of the checkpoint that it will stand in; milliseconds since 1970. */
  time: number
  /** Number of that checkpoint. */
  checkpoint: number
  machine: MoveMachine
}

/**
 * `execute` for a signed transaction; `dryRun` may do without a gas payment; `inspect` also uses objects of others and
 * leaves values over, since nothing is kept.
 */
export type Mode = 'execute' | 'dryRun' | 'inspect'
