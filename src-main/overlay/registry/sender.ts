import * as v from 'valibot'
import { type Clock, type Log, SerialQueue } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger, LedgerSigner, TransactionOutcome } from '../../ledger/index.ts'
import { hash256 } from '../../wire/index.ts'
import { LOCK_MS, REFUSED_MS } from './constants.ts'
import { bytesText, idText, JsonFile, textOf } from './files.ts'
import { lockOperator } from './operator-lock.ts'

/** IOTA intent of a transaction: scope 0, version 0, app 0. */
const TRANSACTION_INTENT = Uint8Array.of(0, 0, 0)
const REGISTRATION_FILE = 'registration.json'

const fileSchema = v.object({
  /** The node's record on the ledger, once it is known. */
  object: v.optional(idText),
  /** Digest of a registration that was executed and whose record is not known yet. */
  registered: v.optional(v.string()),
  /** Signed, and not known to have been executed or never to be. */
  pending: v.optional(
    v.object({
      kind: v.picklist(['register', 'renew', 'leave', 'withdraw', 'transfer', 'channel']),
      digest: v.string(),
      bytes: bytesText,
      signature: bytesText,
      refusedAt: v.optional(v.number()),
    }),
  ),
})
type Kept = v.InferOutput<typeof fileSchema>
type Pending = NonNullable<Kept['pending']>

/** What the operator's ledger must do. */
export type SpendingLedger = Pick<Ledger, 'submit' | 'outcome' | 'overtaken'>

export interface SenderOptions {
  ledger: SpendingLedger
  signer: LedgerSigner
  dataDir: string | undefined
  clock: Clock
  log: Log
  /** How long a turn is waited for while another process has it. */
  lockMs?: number
}

/** Ready to sign. */
export interface Prepared {
  /** BCS of TransactionData. */
  bytes: Uint8Array
  digest: string
}

/** A transaction that was executed (with or without success), or, without an outcome, never will be. */
export interface Sent {
  kind: Pending['kind']
  digest: string
  outcome?: TransactionOutcome
}

/**
 * Everything that spends from an operator's account goes through here, one transaction at a time: within a process by a queue, between
 * processes (a node and the operator's commands) by a lock in the node's folder. The signed bytes are on disk before they are sent, and the same
 * bytes are sent again after a crash or a lost answer, before anything else is signed, by whoever has the next turn.
 */
export class OperatorSender {
  readonly #options: SenderOptions
  readonly #file: JsonFile<Kept>
  readonly #queue = new SerialQueue()
  #kept: Kept = {}

  constructor(options: SenderOptions) {
    this.#options = options
    this.#file = new JsonFile(options.dataDir, REGISTRATION_FILE, fileSchema)
  }

  /** Throws `storage_damaged`. */
  async open(): Promise<void> {
    this.#kept = (await this.#file.read()) ?? {}
  }

  /** `0x…` */
  get address(): string {
    return this.#options.signer.address
  }

  /** The node's record, as far as it was known at the last turn. */
  get object(): string | undefined {
    return this.#kept.object
  }

  /** Digest of the registration whose record is looked for: `found` ends it. */
  get registered(): string | undefined {
    return this.#kept.registered
  }

  /** Digest of what is signed and not settled. */
  get pending(): string | undefined {
    return this.#kept.pending?.digest
  }

  /**
   * In its turn: settles what is signed, then prepares, signs, keeps and sends. `prepare` may answer nothing where nothing is to be done any
   * more. Rejects where it is not known what became of it, or of what was signed before: the next turn goes on. `conflict` with reason
   * `refused`: the ledger refuses signed bytes for now; `account_busy`: another process has the turn.
   */
  send(kind: Pending['kind'], prepare: () => Promise<Prepared | undefined>): Promise<Sent | undefined> {
    return this.#turn(async () => {
      await this.#settle()
      const prepared = await prepare()
      if (!prepared) return undefined
      const { bytes, digest } = prepared
      const signature = this.#options.signer.sign(hash256(TRANSACTION_INTENT, bytes))
      await this.#keep({ ...this.#kept, pending: { kind, digest, bytes, signature } })
      return this.#settle()
    })
  }

  /** Sends what is signed and not settled, by whatever process, once more; undefined where there is nothing. Rejects as `send`. */
  resend(): Promise<Sent | undefined> {
    return this.#turn(() => this.#settle())
  }

  /** The node's record is this object. */
  found(object: string): Promise<void> {
    return this.#turn(() => {
      const { pending } = this.#kept
      return this.#keep({ object, ...(pending && { pending }) })
    })
  }

  #turn<T>(work: () => Promise<T>): Promise<T> {
    const { dataDir, clock, lockMs = LOCK_MS } = this.#options
    return this.#queue.run(async () => {
      const release = dataDir === undefined ? () => {} : await lockOperator(dataDir, clock, lockMs)
      try {
        // Another process may have had the turn before.
        await this.open()
        return await work()
      } finally {
        release()
      }
    })
  }

  async #settle(): Promise<Sent | undefined> {
    const { pending } = this.#kept
    if (!pending) return undefined
    const { kind, digest } = pending
    const outcome = await this.#submit(pending)
    const { object, registered } = this.#kept
    const isNew = kind === 'register' && outcome?.status === 'success'
    const found = isNew ? digest : registered
    await this.#keep({ ...(object && { object }), ...(found && { registered: found }) })
    if (outcome?.status === 'failure')
      this.#options.log.warn({ kind, digest, error: outcome.error }, 'the ledger did not execute a transaction')
    return { kind, digest, ...(outcome && { outcome }) }
  }

  /** Undefined where it will never be executed. */
  async #submit(pending: Pending): Promise<TransactionOutcome | undefined> {
    const { ledger, signer } = this.#options
    try {
      return await ledger.submit(pending.bytes, pending.signature, signer.publicKey)
    } catch (error) {
      if (!(error instanceof ParleyError) || !['conflict', 'invalid_params'].includes(error.code)) throw error
      return await this.#refused(pending, error)
    }
  }

  /**
   * Believed where another transaction has used an input; else after a minute, because a node that is behind refuses what was
   * executed.
   */
  async #refused(pending: Pending, cause: ParleyError): Promise<TransactionOutcome | undefined> {
    const { ledger, clock, log } = this.#options
    // When it was refused, not when the ledger has answered what follows.
    const now = clock.now()
    const isOvertaken = await ledger.overtaken(pending.bytes)
    const outcome = await ledger.outcome(pending.digest)
    if (outcome) return outcome
    const { kind, refusedAt } = pending
    if (isOvertaken || (refusedAt !== undefined && now - refusedAt >= REFUSED_MS)) {
      log.warn({ kind, code: cause.code, isOvertaken }, 'the ledger refuses a transaction; it is made again')
      return undefined
    }
    if (refusedAt === undefined || refusedAt > now)
      await this.#keep({ ...this.#kept, pending: { ...pending, refusedAt: now } })
    const message = 'The ledger refuses a transaction of this account for now. It is sent again; try again in a minute.'
    throw new ParleyError('conflict', message, { reason: 'refused', retryAfter: 1_000, cause })
  }

  async #keep(kept: Kept): Promise<void> {
    const { pending, ...rest } = kept
    const signed = pending && { ...pending, bytes: textOf(pending.bytes), signature: textOf(pending.signature) }
    await this.#file.write({ ...rest, ...(signed && { pending: signed }) })
    this.#kept = kept
  }
}
