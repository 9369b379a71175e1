import type { ChainEntry } from './entry.ts'
import {
  decodeUnsigned,
  type Execution,
  type Inspection,
  type LedgerTransaction,
  REFERENCE_GAS_PRICE,
} from './execution/index.ts'
import { chainIdentifierOf, GENESIS_NANOS, genesisDigestOf, type GenesisTerms } from './genesis.ts'
import type { MoveMachine } from './move/index.ts'
import { type LedgerObject, ObjectTable } from './objects/index.ts'
import { LedgerState } from './state.ts'
import {
  damaged,
  History,
  type LedgerDatabase,
  loadEpoch,
  loadEpochs,
  loadObjects,
  newestCheckpoint,
  writeEntry,
  writeGenesis,
  writeTurn,
} from './storage/index.ts'
import type {
  ChainEvent,
  Checkpoint,
  Epoch,
  EventFilter,
  EventPosition,
  GasSums,
  Slice,
  TransactionFilter,
} from './types.ts'

export type { ChainEntry } from './entry.ts'
export { GENESIS_NANOS } from './genesis.ts'

/** Epochs that `epochs` answers: almost three years of days. */
const EPOCHS_SHOWN = 1000

/** The ledger: its live state in memory, its history on disk. Positions in lists are checkpoint numbers. */
export class Chain {
  readonly genesisDigest: string
  readonly genesisTime: number
  /** 8 hex digits: the head of the genesis checkpoint's digest, as on a node. */
  readonly identifier: string
  readonly #state: LedgerState
  readonly #database: LedgerDatabase
  readonly #history: History

  /** Goes on with what the database holds, or begins with the genesis. Throws `storage_damaged`. */
  constructor(terms: GenesisTerms, database: LedgerDatabase, machine: MoveMachine) {
    this.genesisDigest = genesisDigestOf(terms.richAddress)
    this.genesisTime = terms.time
    this.identifier = chainIdentifierOf(terms.richAddress)
    this.#database = database
    this.#history = new History(database)
    const newest = newestCheckpoint(database)
    if (newest === undefined) {
      this.#state = LedgerState.genesis(terms, new ObjectTable(), machine)
      writeGenesis(database, this.#state.head.checkpoint, this.objects.values())
    } else this.#state = this.#restored(newest, machine)
  }

  /** The live objects. */
  get objects(): ObjectTable {
    return this.#state.objects
  }

  get machine(): MoveMachine {
    return this.#state.machine
  }

  /** Number of the epoch that runs. */
  get epoch(): bigint {
    return this.#state.head.epoch
  }

  /** When it began; milliseconds since 1970. */
  get epochStartedAt(): number {
    return this.#state.head.epochStartedAt
  }

  /** The newest 1,000 epochs, oldest first; the last one runs. */
  get epochs(): readonly Epoch[] {
    return loadEpochs(this.#database, EPOCHS_SHOWN).reverse()
  }

  epochAt(number: bigint): Epoch | undefined {
    return loadEpoch(this.#database, number)
  }

  /** Sequence number of the newest checkpoint. */
  get height(): number {
    return this.#state.head.checkpoint.number
  }

  /** Transactions ever executed, the genesis among them. */
  get transactionCount(): number {
    return this.#state.head.checkpoint.totalTransactions
  }

  /** Of all transactions ever executed. */
  get gas(): GasSums {
    return this.#state.head.checkpoint.gas
  }

  /** NANOS that there are: those of the genesis without what was burned. */
  get supply(): bigint {
    return GENESIS_NANOS - this.gas.burned
  }

  entry(digest: string): ChainEntry | undefined {
    return this.#history.entry(digest)
  }

  /** The transaction of a checkpoint; undefined for the genesis and for the turn of an epoch. */
  entryAt(checkpoint: number): ChainEntry | undefined {
    return this.#history.entryAt(checkpoint)
  }

  checkpoint(number: number): Checkpoint | undefined {
    return this.#history.checkpoint(number)
  }

  /** Number of the checkpoint with this digest. */
  checkpointOf(digest: string): number | undefined {
    return this.#history.checkpointOf(digest)
  }

  transactions(filter: TransactionFilter, slice: Slice<number>): ChainEntry[] {
    return this.#history.transactions(filter, slice)
  }

  events(filter: EventFilter, slice: Slice<EventPosition>): ChainEvent[] {
    return this.#history.events(filter, slice)
  }

  /** An object as it was at a version that a transaction wrote; undefined where there was none, or it was deleted with it. */
  objectAt(id: string, version: bigint): LedgerObject | undefined {
    const newest = this.objects.get(id)
    return newest?.version === version ? newest : this.#history.objectAt(id, version)
  }

  /** Executes without keeping anything. Throws as `checkTransaction`. */
  simulate(transaction: LedgerTransaction, time: number): Execution {
    return this.#state.simulate(transaction, time)
  }

  /** Runs commands that nobody signed. `kind` is BCS of TransactionKind. Throws as `checkTransaction`. */
  devInspect(sender: string, kind: Uint8Array, time: number, gasPrice = REFERENCE_GAS_PRICE): Inspection {
    return this.#state.inspect(decodeUnsigned(sender, kind, gasPrice), time)
  }

  /** Executes and keeps a transaction whose signatures were checked. Throws as `checkTransaction`, or `storage_full`. */
  apply(transaction: LedgerTransaction, signatures: string[], time: number): ChainEntry {
    const { execution, checkpoint, clock } = this.#state.apply(transaction, time)
    const entry: ChainEntry = {
      digest: transaction.digest,
      bytes: transaction.bytes,
      transaction,
      signatures,
      execution,
      checkpoint: checkpoint.number,
      checkpointDigest: checkpoint.digest,
      time: checkpoint.time,
    }
    writeEntry(this.#database, checkpoint, entry, clock)
    this.#history.remember(entry)
    return entry
  }

  /** Ends the epoch, whose last digest is now known, and begins the next. */
  turnEpoch(time: number): void {
    const ending = this.epochAt(this.epoch)
    if (!ending) throw damaged("The local ledger's newest epoch is missing.")
    const [last, first] = this.#state.turnEpoch(time)
    const ended = { lastCheckpoint: last.number, endedAt: last.time, digest: last.digest }
    const begun = { number: this.epoch, startedAt: first.time, firstCheckpoint: first.number }
    writeTurn(this.#database, [last, first], [{ ...ending, ...ended }, begun])
  }

  #restored(newest: number, machine: MoveMachine): LedgerState {
    const checkpoint = this.checkpoint(newest)
    const epoch = checkpoint && this.epochAt(checkpoint.epoch)
    if (!checkpoint || !epoch || this.checkpoint(0)?.digest !== this.genesisDigest)
      throw damaged("The local ledger's database does not belong to its genesis.")
    const head = { checkpoint, epoch: epoch.number, epochStartedAt: epoch.startedAt }
    return new LedgerState(this.genesisDigest, loadObjects(this.#database), head, machine)
  }
}
