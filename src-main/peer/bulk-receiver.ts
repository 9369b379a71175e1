import { type Clock, equal } from '../base/index.ts'
import {
  DATA_ACCEPT_MS,
  DATA_CREDIT_EVERY,
  DATA_CREDIT_MS,
  DATA_FIRST_CREDIT,
  DATA_STALL_MS,
  MAX_DATA_BYTES,
  MAX_RECEIVING,
  MAX_TRANSFER_MS,
  RECEIVE_WINDOW,
} from './constants.ts'
import type { DataAnswer, DataFrame, Refusal } from './data-frames.ts'
import { type RunningDigest, runningDigest } from './digest.ts'
import type { Allowance } from './allowance.ts'

/** A whole transfer, checked against its digest. */
export interface ReceivedData {
  bytes: Uint8Array<ArrayBuffer>
  label: Uint8Array
  /** Tells the sender that it is taken; until then, or for a while, its memory counts. */
  accept: () => void
}

export interface BulkReceiverParts {
  clock: Clock
  answer(answer: DataAnswer): void
  /** Asked at the start of each transfer. */
  wants(label: Uint8Array): boolean
  deliver(data: ReceivedData): void
  /** Memory for data on the way, shared by all paths. */
  allowance: Allowance
  /** The sender goes beyond its credits or breaks the form. */
  dead(reason: string): void
}

interface Incoming {
  number: number
  label: Uint8Array
  bytes: Uint8Array<ArrayBuffer>
  received: number
  /** Told to the sender: it may send up to here. */
  limit: number
  /** Of what was received the last credit told so much. */
  told: number
  digest: RunningDigest
  cancelCredit: (() => void) | undefined
  cancelStall(): void
  cancelDeadline(): void
}

/** Transfers from one device over one path: memory is taken at the start, credits go out as bytes come in. */
export class BulkReceiver {
  readonly #parts: BulkReceiverParts
  readonly #transfers = new Map<number, Incoming>()
  /** Delivered and not accepted yet: what gives their memory back. */
  readonly #delivered = new Set<() => void>()
  #closed = false

  constructor(parts: BulkReceiverParts) {
    this.#parts = parts
  }

  get active(): number {
    return this.#transfers.size + this.#delivered.size
  }

  receive(frame: DataFrame): void {
    if (this.#closed) return
    if (frame.type === 'start') return this.#start(frame.number, frame.size, frame.label)
    const transfer = this.#transfers.get(frame.number)
    // What was still on its way when the transfer was refused.
    if (transfer === undefined) return
    if (frame.type === 'chunk') return this.#chunk(transfer, frame.bytes)
    if (frame.type === 'end') return this.#finish(transfer, frame.digest)
    this.#drop(transfer)
  }

  close(): void {
    this.#closed = true
    for (const transfer of [...this.#transfers.values()]) this.#drop(transfer)
    for (const release of [...this.#delivered]) release()
  }

  #start(number: number, size: number, label: Uint8Array): void {
    if (this.#transfers.has(number)) return this.#parts.dead('a transfer was started twice')
    if (size > MAX_DATA_BYTES) return this.#refuse(number, 'too_large')
    if (!this.#parts.wants(label)) return this.#refuse(number, 'unwanted')
    if (this.active >= MAX_RECEIVING || !this.#parts.allowance.take(size)) return this.#refuse(number, 'busy')
    const { clock } = this.#parts
    const transfer: Incoming = {
      ...{ number, label, bytes: new Uint8Array(size), received: 0, limit: DATA_FIRST_CREDIT },
      ...{ told: 0, digest: runningDigest(), cancelCredit: undefined, cancelStall: () => {} },
      cancelDeadline: clock.after(MAX_TRANSFER_MS, () => this.#stalled(number)),
    }
    this.#transfers.set(number, transfer)
    this.#awaitProgress(transfer)
    this.#credit(transfer)
  }

  #chunk(transfer: Incoming, bytes: Uint8Array): void {
    const end = transfer.received + bytes.length
    if (end > transfer.limit || end > transfer.bytes.length) return this.#parts.dead('data beyond its credit')
    transfer.bytes.set(bytes, transfer.received)
    transfer.digest.update(bytes)
    transfer.received = end
    this.#awaitProgress(transfer)
    if (end - transfer.told >= DATA_CREDIT_EVERY || end === transfer.bytes.length) return this.#credit(transfer)
    // Not held back for long: it could be the one that a narrow window, shared by several transfers, waits for.
    transfer.cancelCredit ??= this.#parts.clock.after(DATA_CREDIT_MS, () => this.#credit(transfer))
  }

  #credit(transfer: Incoming): void {
    const { number, received } = transfer
    transfer.cancelCredit?.()
    transfer.cancelCredit = undefined
    transfer.told = received
    transfer.limit = received + RECEIVE_WINDOW
    this.#parts.answer({ type: 'credit', number, taken: received, limit: transfer.limit })
  }

  #finish(transfer: Incoming, digest: Uint8Array): void {
    const whole = transfer.received === transfer.bytes.length && equal(transfer.digest.digest(), digest)
    if (!whole) {
      this.#drop(transfer)
      return this.#refuse(transfer.number, 'damaged')
    }
    this.#end(transfer)
    const { number, label, bytes } = transfer
    const release = () => {
      cancel()
      if (this.#delivered.delete(release)) this.#parts.allowance.give(bytes.length)
    }
    const cancel = this.#parts.clock.after(DATA_ACCEPT_MS, () => {
      release()
      this.#refuse(number, 'stalled')
    })
    this.#delivered.add(release)
    const accept = () => {
      if (!this.#delivered.has(release)) return
      release()
      if (!this.#closed) this.#parts.answer({ type: 'done', number })
    }
    this.#parts.deliver({ bytes, label, accept })
  }

  #stalled(number: number): void {
    const transfer = this.#transfers.get(number)
    if (transfer === undefined) return
    this.#drop(transfer)
    this.#refuse(number, 'stalled')
  }

  #awaitProgress(transfer: Incoming): void {
    transfer.cancelStall()
    transfer.cancelStall = this.#parts.clock.after(DATA_STALL_MS, () => this.#stalled(transfer.number))
  }

  #drop(transfer: Incoming): void {
    this.#end(transfer)
    this.#parts.allowance.give(transfer.bytes.length)
  }

  #end(transfer: Incoming): void {
    this.#transfers.delete(transfer.number)
    transfer.cancelCredit?.()
    transfer.cancelStall()
    transfer.cancelDeadline()
  }

  #refuse(number: number, reason: Refusal): void {
    if (!this.#closed) this.#parts.answer({ type: 'refused', number, reason })
  }
}
