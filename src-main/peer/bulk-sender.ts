import type { Clock } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import {
  DATA_DELAY_MS,
  DATA_FIRST_CREDIT,
  DATA_STALL_MS,
  FIRST_DATA_WINDOW,
  MAX_DATA_BYTES,
  MAX_SENDING,
  MAX_TRANSFER_MS,
  MIN_DATA_WINDOW,
  RECEIVE_WINDOW,
} from './constants.ts'
import { CHUNK_BYTES, type DataAnswer, type DataFrame, MAX_LABEL_BYTES, type Refusal } from './data-frames.ts'
import { type RunningDigest, runningDigest } from './digest.ts'

export interface BulkSenderParts {
  clock: Clock
  write(frame: DataFrame): void
  /** Round trip of the path, for telling a long way from a full queue. */
  rttMs(): number | undefined
  /** Numbers of transfers begin behind this: those of two lanes of one path must differ. */
  firstNumber?: number
}

interface Outgoing {
  number: number
  bytes: Uint8Array
  digest: RunningDigest
  sent: number
  /** What the receiver has dealt with, and how far it lets us go. */
  taken: number
  limit: number
  /** All of it and its digest are written. */
  ended: boolean
  /** When the bytes up to `end` were written, oldest first. */
  written: { end: number; at: number }[]
  settle(error?: ParleyError): void
  cancelStall(): void
}

/**
 * Transfers to one device over one path. What is under way is bounded by the receiver's credits and by a window that shrinks
 * when credits come late: then the bytes stand in a queue somewhere, and a chat message would stand behind them.
 */
export class BulkSender {
  readonly #parts: BulkSenderParts
  readonly #transfers = new Map<number, Outgoing>()
  #number = 0
  #window = FIRST_DATA_WINDOW
  #closed = false

  constructor(parts: BulkSenderParts) {
    this.#parts = parts
    this.#number = parts.firstNumber ?? 0
  }

  /** Transfers that are not over. */
  get active(): number {
    return this.#transfers.size
  }

  /** For tests: bytes under way at most. */
  get window(): number {
    return this.#window
  }

  /**
   * Resolves when the receiver has taken all of it and accepted it. The bytes must not change until then. Rejects with
   * `offline`, `too_large`, `rate_limited`, `timeout`, `not_a_contact` (unwanted) or, after `signal`, `conflict`.
   */
  send(bytes: Uint8Array, label: Uint8Array, signal?: AbortSignal): Promise<void> {
    const refusal = this.#refusal(bytes, label, signal)
    if (refusal) return Promise.reject(refusal)
    const number = (this.#number = (this.#number + 1) >>> 0)
    return new Promise((resolve, reject) => {
      const abort = () => this.#end(number, cancelled(), true)
      const cancelDeadline = this.#parts.clock.after(MAX_TRANSFER_MS, () => this.#end(number, late(), true))
      const settle = (error?: ParleyError) => {
        cancelDeadline()
        signal?.removeEventListener('abort', abort)
        if (error) reject(error)
        else resolve()
      }
      signal?.addEventListener('abort', abort, { once: true })
      const transfer: Outgoing = {
        ...{ number, bytes, digest: runningDigest(), sent: 0, taken: 0, limit: DATA_FIRST_CREDIT },
        ...{ ended: false, written: [], settle, cancelStall: () => {} },
      }
      this.#transfers.set(number, transfer)
      this.#awaitProgress(transfer)
      this.#parts.write({ type: 'start', number, size: bytes.length, label })
      this.#pump()
    })
  }

  answer(answer: DataAnswer): void {
    const transfer = this.#transfers.get(answer.number)
    if (transfer === undefined) return
    if (answer.type === 'refused') return this.#end(answer.number, refused(answer.reason), false)
    if (answer.type === 'done') {
      // Nobody can have all of it before we have told the digest.
      return this.#end(answer.number, transfer.ended ? undefined : refused('damaged'), !transfer.ended)
    }
    this.#credited(transfer, answer.taken, answer.limit)
  }

  close(): void {
    this.#closed = true
    for (const number of [...this.#transfers.keys()]) this.#end(number, interrupted(), false)
  }

  #refusal(bytes: Uint8Array, label: Uint8Array, signal: AbortSignal | undefined): ParleyError | undefined {
    if (this.#closed) return interrupted()
    if (signal?.aborted) return cancelled()
    if (bytes.length > MAX_DATA_BYTES || label.length > MAX_LABEL_BYTES) return refused('too_large')
    if (this.#transfers.size >= MAX_SENDING) return refused('busy')
    return undefined
  }

  #credited(transfer: Outgoing, taken: number, limit: number): void {
    if (taken < transfer.taken || taken > transfer.sent) return
    transfer.limit = Math.max(transfer.limit, limit)
    if (taken > transfer.taken) {
      const fresh = taken - transfer.taken
      transfer.taken = taken
      this.#adapt(transfer, fresh)
      this.#awaitProgress(transfer)
    }
    this.#pump()
  }

  /** A credit that comes soon widens the window, a late one narrows it (LEDBAT's idea, RFC 6817, on round trips). */
  #adapt(transfer: Outgoing, fresh: number): void {
    let at: number | undefined
    while ((transfer.written[0]?.end ?? Number.POSITIVE_INFINITY) <= transfer.taken) at = transfer.written.shift()?.at
    if (at === undefined) return
    const queued = this.#parts.clock.steady() - at - (this.#parts.rttMs() ?? 0)
    const next = queued > DATA_DELAY_MS ? this.#window * 0.7 : this.#window + fresh
    this.#window = Math.min(RECEIVE_WINDOW, Math.max(MIN_DATA_WINDOW, next))
  }

  /** One chunk of each transfer in turn, as far as credits and window go. */
  #pump(): void {
    let under = 0
    for (const transfer of this.#transfers.values()) under += transfer.sent - transfer.taken
    while (under < this.#window) {
      const ready = [...this.#transfers.values()].filter((transfer) => mayGoOn(transfer))
      if (ready.length === 0) return
      for (const transfer of ready) under += this.#writeChunk(transfer)
    }
  }

  #writeChunk(transfer: Outgoing): number {
    const end = Math.min(transfer.bytes.length, transfer.limit, transfer.sent + CHUNK_BYTES)
    const bytes = transfer.bytes.subarray(transfer.sent, end)
    const { number } = transfer
    if (bytes.length > 0) {
      transfer.digest.update(bytes)
      transfer.sent = end
      transfer.written.push({ end, at: this.#parts.clock.steady() })
      this.#parts.write({ type: 'chunk', number, bytes })
    }
    if (end === transfer.bytes.length) {
      transfer.ended = true
      this.#parts.write({ type: 'end', number, digest: transfer.digest.digest() })
    }
    return bytes.length
  }

  #awaitProgress(transfer: Outgoing): void {
    transfer.cancelStall()
    transfer.cancelStall = this.#parts.clock.after(DATA_STALL_MS, () => this.#end(transfer.number, late(), true))
  }

  #end(number: number, error: ParleyError | undefined, tell: boolean): void {
    const transfer = this.#transfers.get(number)
    if (transfer === undefined) return
    this.#transfers.delete(number)
    transfer.cancelStall()
    if (tell && !this.#closed) this.#parts.write({ type: 'abort', number })
    transfer.settle(error)
    if (!this.#closed) this.#pump()
  }
}

function mayGoOn({ sent, limit, bytes, ended }: Outgoing): boolean {
  return !ended && (sent < limit || bytes.length === 0)
}

function refused(reason: Refusal): ParleyError {
  if (reason === 'busy')
    return new ParleyError('rate_limited', 'The other device takes no more data right now.', { retryAfter: 1000 })
  if (reason === 'too_large') return new ParleyError('too_large', 'This is more data than one transfer may have.')
  if (reason === 'stalled') return late()
  if (reason === 'unwanted') return new ParleyError('not_a_contact', 'The other device does not take data from here.')
  return new ParleyError('internal', 'The data was damaged on the way.', { reason })
}

function late(): ParleyError {
  return new ParleyError('timeout', 'The data did not get through in time.')
}

function cancelled(): ParleyError {
  return new ParleyError('conflict', 'The transfer was cancelled.', { reason: 'cancelled' })
}

function interrupted(): ParleyError {
  return new ParleyError('offline', 'The direct connection was lost before all data was through.')
}
