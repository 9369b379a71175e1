import type { Clock, Log } from '../../base/index.ts'
import type { Chain, ChainEntry } from './chain.ts'
import { EpochTimer } from './epoch-timer.ts'
import {
  decodeTransaction,
  type Execution,
  type Inspection,
  type LedgerTransaction,
  verifySigners,
} from './execution/index.ts'
import { OwnedLocks } from './owned-locks.ts'
import type { LedgerDatabase } from './storage/index.ts'

/** A day, as on the public networks. */
export const DEFAULT_EPOCH_MS = 86_400_000

export interface NodeOptions {
  clock: Clock
  log: Log
  /** Length of an epoch. */
  epochMs?: number
  /** See DevnetOptions. */
  equivocation?: boolean
}

/** The one validator of the local ledger: verifies, executes, turns epochs, and answers only for what is durable. */
export class LocalNode {
  readonly chain: Chain
  /** Milliseconds; an epoch lasts at least so long. */
  readonly epochMs: number
  readonly #database: LedgerDatabase
  readonly #clock: Clock
  readonly #locks: OwnedLocks
  readonly #timer: EpochTimer

  constructor(
    chain: Chain,
    database: LedgerDatabase,
    { clock, log, epochMs = DEFAULT_EPOCH_MS, equivocation = false }: NodeOptions,
  ) {
    this.chain = chain
    this.epochMs = epochMs
    this.#database = database
    this.#clock = clock
    this.#locks = new OwnedLocks(database, clock, equivocation)
    this.#timer = new EpochTimer(clock, () => this.#turnIfDue(), log)
  }

  /** Begins to turn epochs by itself. */
  start(): void {
    this.#timer.start()
  }

  stop(): void {
    this.#timer.stop()
  }

  /**
   * Executes a signed transaction, or answers what became of it when it was executed before.
   * `signatures` are base64. Resolves once it is durable. Throws as the execution module does.
   */
  async submit(bytes: Uint8Array, signatures: string[]): Promise<ChainEntry> {
    const transaction = decodeTransaction(bytes)
    const known = this.chain.entry(transaction.digest)
    if (!known) {
      await verifySigners(transaction, signatures)
      await this.#locks.vote(transaction)
    }
    const entry = known ?? this.#executeOnce(transaction, signatures)
    await this.durable()
    return entry
  }

  /** What a transaction would do; nothing is kept. */
  simulate(bytes: Uint8Array): { transaction: LedgerTransaction; execution: Execution } {
    const transaction = decodeTransaction(bytes)
    return { transaction, execution: this.chain.simulate(transaction, this.#clock.now()) }
  }

  /** Runs commands that nobody signed; nothing is kept. `kind` is BCS of TransactionKind. */
  devInspect(sender: string, kind: Uint8Array, gasPrice?: bigint): Inspection {
    return this.chain.devInspect(sender, kind, this.#clock.now(), gasPrice)
  }

  /** Ends the epoch now, whatever its age. Resolves once that is durable. */
  async turnEpoch(): Promise<void> {
    this.#turn()
    await this.durable()
  }

  /** Resolves when everything executed so far is on disk; readers wait too, so that nothing shown is ever taken back. */
  async durable(): Promise<void> {
    await this.#database.durable()
  }

  /** The same transaction may have come twice while its signatures were checked. */
  #executeOnce(transaction: LedgerTransaction, signatures: string[]): ChainEntry {
    const known = this.chain.entry(transaction.digest)
    if (known) return known
    this.#turnIfDue()
    this.#locks.check(transaction)
    return this.chain.apply(transaction, signatures, this.#clock.now())
  }

  /** Answers the milliseconds until the epoch is over. */
  #turnIfDue(): number {
    const left = () => this.chain.epochStartedAt + this.epochMs - this.#clock.now()
    // One turn however late: a ledger that was off had no epochs in between.
    if (left() <= 0) this.#turn()
    return Math.max(1, left())
  }

  #turn(): void {
    this.chain.turnEpoch(this.#clock.now())
    this.#locks.clear()
  }
}
