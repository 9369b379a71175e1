import type { Clock, Log } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { Ledger, LedgerSigner, TransactionOutcome } from '../../ledger/index.ts'
import type { Store, TransferRow } from '../../store/index.ts'

/** A node that refuses what it executed itself a moment ago knows better well within this time. */
const DOUBT_MS = 60_000
const RESUMED_AT_ONCE = 8

export interface SubmitterParts {
  store: Store
  ledger: Ledger
  signerOf: (index: number) => Promise<LedgerSigner>
  clock: Clock
  log: Log
  /** `executed`: its coins have new versions. `refused`: it never was and never will be executed. */
  onSettled: (row: TransferRow, outcome: 'executed' | 'refused') => void
}

/**
 * Sends signed bytes, again and unchanged, until their fate is known. A refusal is believed at once only of bytes that
 * nobody can have received before; where an earlier try may have arrived, its inputs can be gone because it was executed,
 * so the payment stays pending until the ledger names its outcome or refuses it for a minute on end.
 */
export class Submitter {
  readonly #parts: SubmitterParts
  readonly #doubted = new Set<string>()
  readonly #busy = new Map<string, Promise<TransferRow>>()
  #stopped = false

  constructor(parts: SubmitterParts) {
    this.#parts = parts
  }

  /** What is on its way goes on, but nothing is written down any more: the next start asks for it. */
  stop(): void {
    this.#stopped = true
  }

  /** An earlier try may have reached the ledger. */
  doubt(digest: string): void {
    this.#doubted.add(digest)
  }

  /** Answers the row as it is then: `pending` where the ledger could not be asked. */
  submit(row: TransferRow): Promise<TransferRow> {
    const busy = this.#busy.get(row.digest)
    if (busy) return busy
    const work = this.#submit(row).finally(() => this.#busy.delete(row.digest))
    this.#busy.set(row.digest, work)
    return work
  }

  async resume(): Promise<void> {
    const waiting = this.#parts.store.transfers.pending().filter(({ digest }) => !this.#busy.has(digest))
    const next = async (): Promise<void> => {
      for (let row = waiting.shift(); row && !this.#stopped; row = waiting.shift()) await this.submit(row)
    }
    await Promise.all(Array.from({ length: RESUMED_AT_ONCE }, next))
  }

  async #submit(row: TransferRow): Promise<TransferRow> {
    const { ledger, signerOf, log } = this.#parts
    const doubted = this.#doubted.has(row.digest)
    try {
      const known = doubted ? await ledger.outcome(row.digest) : undefined
      if (known) return this.#executed(row, known)
      this.#doubted.add(row.digest)
      const { publicKey } = await signerOf(row.account)
      return this.#executed(row, await ledger.submit(row.bytes, row.signature, publicKey))
    } catch (thrown) {
      const { code, message, reason } = toParleyError(thrown)
      if (this.#stopped) return row
      const refused = reason === undefined && (code === 'conflict' || code === 'invalid_params')
      if (refused) return this.#refused(row, doubted, message)
      log.warn({ code }, 'a payment waits for the ledger')
      return row
    }
  }

  #executed(row: TransferRow, { status, error, fee, at }: TransactionOutcome): TransferRow {
    // What whoever forwarded it got is an output of it: the ledger does not tell it from others, and only success pays it.
    const relay = status === 'success' ? row.relay : 0n
    const settled = { ...row, ...fee, relay, state: status === 'success' ? ('done' as const) : ('failed' as const), at }
    return this.#settle({ ...settled, failure: status === 'success' ? undefined : (error ?? 'failed') }, 'executed')
  }

  #refused(row: TransferRow, doubted: boolean, message: string): TransferRow {
    const { store, clock, log } = this.#parts
    const now = clock.now()
    if (doubted && (row.refusedAt === undefined || now - row.refusedAt < DOUBT_MS)) {
      if (row.refusedAt === undefined) store.transfers.setRefused(row.digest, now)
      log.warn({}, 'a payment was refused although an earlier try may have arrived; it is looked for again')
      return row
    }
    return this.#settle({ ...row, state: 'failed', failure: message }, 'refused')
  }

  #settle(row: TransferRow, outcome: 'executed' | 'refused'): TransferRow {
    if (this.#stopped) return row
    const { store } = this.#parts
    store.transaction(() => {
      if (row.state === 'pending') return
      store.transfers.setState(row.digest, row.state, row.failure)
      const activity = store.activities.get(row.account, row.digest)
      if (!activity || activity.synced) return
      // What was never executed cost nothing.
      const fee = outcome === 'executed' ? { burned: row.burned, deposit: row.deposit, relay: row.relay } : undefined
      store.activities.save({ ...activity, state: row.state, failure: row.failure, fee })
    })
    this.#doubted.delete(row.digest)
    this.#parts.onSettled(row, outcome)
    return row
  }
}
