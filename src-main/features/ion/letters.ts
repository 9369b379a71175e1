import { type Clock, deadline, type Log, toHex } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { LedgerMemo } from '../../ledger/index.ts'
import { openContent, type OpenedContent, readEnvelope, type Sealer } from '../../post/index.ts'
import type { Store } from '../../store/index.ts'
import { decodeLetter, type DeviceCertificate } from '../../wire/index.ts'
import { ACCEPT_MS, MOST_ATTEMPTS, MOST_SENDERS } from './constants.ts'
import { Senders } from './senders.ts'

/** A signal that came by the ledger, from a checked device. */
export interface LedgerSignal {
  sender: DeviceCertificate
  bytes: Uint8Array
  /** By the sender's clock. */
  sentAt: number
}

export interface LetterParts {
  sealer: Sealer
  store: Store
  /** Whose letters are opened first, and all of them. */
  isKnown: (address: string) => boolean
  onSignal: (signal: LedgerSignal) => void
  /** Takes an envelope as from any other way; `accept` runs once its effect is on disk. `sentAt` is by the sender's clock. */
  receive: (envelope: Uint8Array, sender: DeviceCertificate, accept: () => void, sentAt: number) => void
  clock: Clock
  log: Log
}

interface OpenLetter extends OpenedContent {
  id: string
  envelope: Uint8Array
}

/**
 * Opens the letters that the ledger brings. Cheapest first: another device's, seen before, a sender who wasted our time; then
 * what contacts sent, in order, then strangers, newest first and a few of each. The sender on the ledger must be the one inside.
 */
export class Letters {
  readonly #parts: LetterParts
  readonly #senders: Senders
  readonly #attempts = new Map<string, number>()
  /** Letters opened so far, with or without success: for tests and figures. */
  opened = 0

  constructor(parts: LetterParts) {
    this.#parts = parts
    this.#senders = new Senders(parts.clock)
  }

  /** Resolves when all of them are dealt with for good; rejects where some must be brought again. */
  async hear(memos: LedgerMemo[]): Promise<void> {
    const known = memos.filter(({ sender }) => this.#parts.isKnown(sender))
    const strangers = memos.filter(({ sender }) => !this.#parts.isKnown(sender)).toReversed()
    let fault: ParleyError | undefined
    for (const memo of [...known, ...strangers]) {
      try {
        await this.#take(memo, known.includes(memo))
        this.#attempts.delete(memo.digest)
      } catch (thrown) {
        if (this.#mayAgain(memo.digest)) fault ??= toParleyError(thrown)
        else this.#parts.log.error({ code: toParleyError(thrown).code }, 'a letter on the ledger is given up')
      }
    }
    if (fault !== undefined) throw fault
  }

  #mayAgain(digest: string): boolean {
    const attempts = (this.#attempts.get(digest) ?? 0) + 1
    if (this.#attempts.size > MOST_SENDERS) this.#attempts.clear()
    this.#attempts.set(digest, attempts)
    return attempts < MOST_ATTEMPTS
  }

  async #take(memo: LedgerMemo, known: boolean): Promise<void> {
    const { store, log } = this.#parts
    let opened: OpenLetter | undefined
    try {
      opened = known || this.#senders.mayOpen(memo.sender) ? await this.#open(memo) : undefined
    } catch (thrown) {
      if (!known) this.#senders.failed(memo.sender)
      log.debug({ code: toParleyError(thrown).code }, 'a letter on the ledger was refused')
      return
    }
    if (!opened) return
    const { id, envelope, content, sender, sentAt } = opened
    if (content.Signal) {
      this.#parts.onSignal({ sender, bytes: content.Signal, sentAt })
      store.seen.add(id, this.#parts.clock.now())
      return
    }
    const taken = new Promise<void>((resolve) => this.#parts.receive(envelope, sender, resolve, sentAt))
    await deadline(taken, ACCEPT_MS, 'A letter could not be stored in time.')
  }

  /** Undefined for what is not for this device or was seen before. Throws for what cannot be opened or names another sender. */
  async #open(memo: LedgerMemo): Promise<OpenLetter | undefined> {
    const { sealer, store, clock } = this.#parts
    const bytes = decodeLetter(memo.bytes, sealer.certificate.deviceId)
    if (!bytes) return undefined
    const envelope = readEnvelope(bytes)
    const id = toHex(envelope.id)
    if (store.seen.has(id)) return undefined
    if (!envelope.body.Sealed) throw new ParleyError('invalid_params', 'A letter on the ledger must be sealed.')
    this.opened++
    const opened = await openContent(sealer, envelope.body.Sealed, toHex(envelope.from), clock.now())
    if (opened.sender.addressText !== memo.sender)
      throw new ParleyError('bad_signature', 'A letter was left by another address than it names.')
    return { ...opened, id, envelope: bytes }
  }
}
