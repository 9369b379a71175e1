import type { MoveArgument, MoveMachine, MoveValue } from '../move/index.ts'
import type { LedgerObject, ObjectType, Owner } from '../objects/index.ts'
import type { ChainEvent } from '../types.ts'
import type { FailureStatus } from './errors.ts'
import type { Argument, LedgerTransaction } from './transaction.ts'

/** NANOS, as in effects. */
export interface GasUsed {
  computationCost: bigint
  computationCostBurned: bigint
  storageCost: bigint
  storageRebate: bigint
  nonRefundableStorageFee: bigint
}

/** What became of an object; `unwrappedThenDeleted` has neither before nor after. */
export type ChangeKind =
  'created' | 'mutated' | 'deleted' | 'wrapped' | 'unwrapped' | 'unwrappedThenDeleted' | 'createdThenWrapped'

/** One object before and after; absent where it did not exist by itself. */
export interface ObjectChange {
  id: string
  kind: ChangeKind
  before?: LedgerObject
  after?: LedgerObject
}

export type ExecutionStatus =
  { success: true } | { success: false; error: string; failure: FailureStatus; command: number | undefined }

/** A shared object that a transaction used, at the version that it saw. */
export interface SharedInput {
  id: string
  version: bigint
  digest: string
  mutable: boolean
}

export interface PublishedPackage {
  id: string
  digest: string
  /** Names. */
  modules: string[]
}

/** What a transaction did; nothing is applied yet. */
export interface Execution {
  status: ExecutionStatus
  epoch: bigint
  gasUsed: GasUsed
  gasId: string
  lamportVersion: bigint
  /** Sorted by id. */
  changes: ObjectChange[]
  dependencies: string[]
  /** Shared objects that it used, in order of inputs, at the version that it saw. */
  sharedInputs: SharedInput[]
  events: ChainEvent[]
  /** The package that it published. */
  published?: PublishedPackage
  effects: { bytes: Uint8Array; digest: string }
}

/** What one command of an inspected transaction gave. */
export interface CommandResult {
  returnValues: MoveValue[]
  /** What its arguments hold after the command, of those that it may have changed. */
  mutableReferences: (MoveValue & { argument: Argument })[]
}

/** A transaction that was only tried: nobody signed it, nothing is kept. */
export interface Inspection {
  transaction: LedgerTransaction
  execution: Execution
  /** One for each command that ran. */
  results: CommandResult[]
}

export type Input = { pure: Uint8Array } | { object: LedgerObject; access: MoveArgument['access'] }

export interface LoadedInputs {
  inputs: Input[]
  /** Every object that it will write or delete, gas first. */
  objects: Map<string, LedgerObject>
  /** Immutable objects, and shared ones that it only reads. */
  readOnly: Map<string, LedgerObject>
  sharedInputs: SharedInput[]
}

/** A transaction whose inputs exist, are current and belong to who signed. */
export interface CheckedTransaction extends LoadedInputs {
  transaction: LedgerTransaction
  mode: Mode
  /** The coins that pay, in order; they become the first one. */
  gasCoins: [LedgerObject, ...LedgerObject[]]
  /** The packages that it calls or links against, without the framework. */
  packages: LedgerObject[]
}

/** An object about to be written; version and transaction are the same for all of them. */
export interface Draft {
  id: string
  type: ObjectType
  contents: Uint8Array
  owner: Owner
  storageRebate: bigint
}

export interface Writes {
  drafts: Map<string, Draft>
  /** NANOS in the coin that pays, before it does. */
  gasNanos: bigint
  /** Ids made by the run, whether they became objects or went into others. */
  created: ReadonlySet<string>
  deleted: ReadonlySet<string>
}

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
