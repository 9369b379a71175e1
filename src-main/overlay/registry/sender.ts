import * as v from 'valibot'
import type { Clock, Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger, LedgerSigner, TransactionOutcome } from '../../ledger/index.ts'
import { hash256 } from '../../wire/index.ts'
import { REFUSED_MS } from './constants.ts'
import { bytesText, idText, JsonFile, textOf } from './files.ts'

/** IOTA intent of a transaction: scope 0, version 0, app 0. */
const TRANSACTION_INTENT = Uint8Array.of(0, 0, 0)

const fileSchema = v.object({
  /** The node's record on the ledger, once it is known. */
  object: v.optional(idText),
  /** Signed, and not known to have been executed or refused for good. */
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
export type Pending = NonNullable<Kept['pending']>

/** A transaction that was executed, or was refused for so long that it never will be. */
export type Sent = { pending: Pending; outcome: TransactionOutcome } | { pending: Pending; outcome?: undefined }

/**
 * Signs and sends an operator's transactions, one at a time. The signed bytes are on disk before they are sent, and the same
 * bytes are sent again after a crash or a lost answer: so each is executed once at most.
 */
export class OperatorSender {
  readonly #ledger: Pick<Ledger, 'submit' | 'outcome'>
  readonly #signer: LedgerSigner
  readonly #file: JsonFile<Kept>
  readonly #clock: Clock
  readonly #log: Log
  #kept: Kept = {}

  constructor(options: {
    ledger: Pick<Ledger, 'submit' | 'outcome'>
    signer: LedgerSigner
    dataDir: string | undefined
    /** Name of the file, so that a command beside a running node keeps its own. */
    name: string
    clock: Clock
    log: Log
  }) {
    this.#ledger = options.ledger
    this.#signer = options.signer
    this.#file = new JsonFile(options.dataDir, options.name, fileSchema)
    this.#clock = options.clock
    this.#log = options.log
  }

  async open(): Promise<void> {
    this.#kept = (await this.#file.read()) ?? {}
  }

  get address(): string {
    return this.#signer.address
  }

  get object(): string | undefined {
    return this.#kept.object
  }

  get pending(): Pending | undefined {
    return this.#kept.pending
  }

  /** Signs, keeps and sends. Rejects where it is not known what became of it: `resend` then goes on. */
  async send(kind: Pending['kind'], { bytes, digest }: { bytes: Uint8Array; digest: string }): Promise<Sent> {
    if (this.#kept.pending) throw new ParleyError('conflict', 'Another transaction of this account is under way.')
    const signature = this.#signer.sign(hash256(TRANSACTION_INTENT, bytes))
    await this.#keep({ ...this.#kept, pending: { kind, digest, bytes, signature } })
    return this.resend()
  }

  /** Sends what is kept once more. Rejects as `send`. */
  async resend(): Promise<Sent> {
    const { pending } = this.#kept
    if (!pending) throw new ParleyError('not_found', 'Nothing is under way.')
    try {
      return { pending, outcome: await this.#ledger.submit(pending.bytes, pending.signature, this.#signer.publicKey) }
    } catch (error) {
      if (!(error instanceof ParleyError) || !['conflict', 'invalid_params'].includes(error.code)) throw error
      return await this.#refused(pending, error)
    }
  }

  /** It is settled, and what it was about is this object now (or none). */
  settle(object: string | undefined): Promise<void> {
    return this.#keep(object === undefined ? {} : { object })
  }

  /** The ledger refuses it: believed after a minute, because a node that is behind refuses what was executed. */
  async #refused(pending: Pending, error: ParleyError): Promise<Sent> {
    const outcome = await this.#ledger.outcome(pending.digest)
    if (outcome) return { pending, outcome }
    const now = this.#clock.now()
    if (pending.refusedAt !== undefined && now - pending.refusedAt >= REFUSED_MS) {
      this.#log.warn({ kind: pending.kind, code: error.code }, 'the ledger refuses a transaction; it is made again')
      return { pending }
    }
    if (pending.refusedAt === undefined) await this.#keep({ ...this.#kept, pending: { ...pending, refusedAt: now } })
    throw error
  }

  async #keep(kept: Kept): Promise<void> {
    const { pending, object } = kept
    const signed = pending && { ...pending, bytes: textOf(pending.bytes), signature: textOf(pending.signature) }
    await this.#file.write({ ...(object && { object }), ...(signed && { pending: signed }) })
    this.#kept = kept
  }
}
