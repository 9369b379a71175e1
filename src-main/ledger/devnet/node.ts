import type { Clock } from '../../base/index.ts'
import { type Chain, type ChainEntry } from './chain.ts'
import {
  decodeTransaction,
  type Execution,
  type Inspection,
  type LedgerTransaction,
  verifySigners,
} from './execution/index.ts'
import type { Journal } from './storage/index.ts'

/** The one validator of the local ledger: verifies, executes, and answers only for what is durable. */
export class LocalNode {
  readonly chain: Chain
  readonly #journal: Journal | undefined
  readonly #clock: Clock

  constructor(chain: Chain, journal: Journal | undefined, clock: Clock) {
    this.chain = chain
    this.#journal = journal
    this.#clock = clock
  }

  /**
   * Executes a signed transaction, or answers what became of it when it was executed before.
   * `signatures` are base64. Resolves once it is durable. Throws as the execution module does.
   */
  async submit(bytes: Uint8Array, signatures: string[]): Promise<ChainEntry> {
    const transaction = decodeTransaction(bytes)
    const known = this.chain.entry(transaction.digest)
    if (!known) await verifySigners(transaction, signatures)
    const entry = known ?? this.#executeOnce(transaction, signatures)
    await this.durable()
    return entry
  }

  /** What a transaction would do; nothing is kept. */
  simulate(bytes: Uint8Array): { transaction: LedgerTransaction; execution: Execution } {
    const transaction = decodeTransaction(bytes)
    return { transaction, execution: this.chain.simulate(transaction) }
  }

  /** Runs commands that nobody signed; nothing is kept. `kind` is BCS of TransactionKind. */
  devInspect(sender: string, kind: Uint8Array, gasPrice?: bigint): Inspection {
    return this.chain.devInspect(sender, kind, gasPrice)
  }

  /** Resolves when everything executed so far is on disk; readers wait too, so that nothing shown is ever taken back. */
  async durable(): Promise<void> {
    await this.#journal?.durable()
  }

  /** The same transaction may have come twice while its signatures were checked. */
  #executeOnce(transaction: LedgerTransaction, signatures: string[]): ChainEntry {
    const known = this.chain.entry(transaction.digest)
    if (known) return known
    const entry = this.chain.apply(transaction, signatures, this.#clock.now())
    const { effects } = entry.execution
    this.#journal?.append({ bytes: transaction.bytes, signatures, time: entry.time, effectsDigest: effects.digest })
    return entry
  }
}
