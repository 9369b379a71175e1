import type { Writable } from 'node:stream'
import { BundleWriter, MAX_BUNDLED_BYTES } from '../../wire/index.ts'

/** Writers that are kept for the next turn: 1 MiB, as many links as are busy at once. */
const MOST_IDLE = 64
/** More than this is not held back: what is gained by one write for many messages is gained by then. */
const MOST_HELD_BYTES = 64 * 1024

/** Outboxes with something in them; emptied at the end of this turn of the event loop. */
const waiting: Outbox[] = []
const idle: BundleWriter[] = []

/**
 * What one link sends within a turn of the event loop: small frames leave together in one message, all messages in one write, and so in
 * few TLS records and one system call.
 */
export class Outbox {
  readonly #emit: (message: Buffer) => void
  readonly #stream: Writable | undefined
  #writer: BundleWriter | undefined
  /** Ready to go, before what is being written. */
  #held: Buffer[] | undefined
  #heldBytes = 0
  #waits = false

  /** `stream`: what `emit` writes to in the end. */
  constructor(emit: (message: Buffer) => void, stream: Writable | undefined) {
    this.#emit = emit
    this.#stream = stream
  }

  /** Sends a frame. It must not be changed any more. */
  send(frame: Buffer): void {
    if (frame.length > MAX_BUNDLED_BYTES) {
      this.#close()
      return this.#hold(frame)
    }
    const at = this.place(frame.length)
    frame.copy(this.bytes, at)
  }

  /** Makes room for a frame, which the caller writes into `bytes` before it does anything else. At most MAX_BUNDLED_BYTES. */
  place(length: number): number {
    for (;;) {
      const at = (this.#writer ??= this.#begin()).place(length)
      if (at !== undefined) return at
      this.#close()
    }
  }

  /** Valid until the next call. */
  get bytes(): Buffer {
    return (this.#writer ??= this.#begin()).bytes
  }

  /** What was sent leaves now. */
  flush(): void {
    const last = this.#finish()
    const held = this.#held
    if (!held) return void (last && this.#emit(last))
    this.#held = undefined
    this.#heldBytes = 0
    this.#stream?.cork()
    for (const message of held) this.#emit(message)
    if (last) this.#emit(last)
    this.#stream?.uncork()
  }

  #begin(): BundleWriter {
    this.#wait()
    return idle.pop() ?? new BundleWriter()
  }

  #wait(): void {
    if (this.#waits) return
    this.#waits = true
    if (waiting.length === 0) setImmediate(flushAll)
    waiting.push(this)
  }

  /** This turn of the event loop is over. */
  end(): void {
    this.#waits = false
    this.flush()
  }

  #close(): void {
    const message = this.#finish()
    if (message) this.#hold(message)
  }

  #hold(message: Buffer): void {
    this.#wait()
    ;(this.#held ??= []).push(message)
    this.#heldBytes += message.length
    if (this.#heldBytes > MOST_HELD_BYTES) this.flush()
  }

  #finish(): Buffer | undefined {
    const writer = this.#writer
    if (!writer) return undefined
    this.#writer = undefined
    const message = writer.length > 0 ? writer.take() : undefined
    if (idle.length < MOST_IDLE) idle.push(writer)
    return message
  }
}

function flushAll(): void {
  // What is sent meanwhile leaves with the next turn.
  for (const outbox of waiting.splice(0)) outbox.end()
}
