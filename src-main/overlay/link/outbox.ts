import type { Writable } from 'node:stream'
import { BundleWriter, MAX_BUNDLED_BYTES } from '../../wire/index.ts'
import { freeBuffer } from './own-buffer.ts'
import { HEAD_ROOM } from './websocket/index.ts'

/** Writers that are kept for the next turn: 1 MiB, as many links as are busy at once. */
const MOST_IDLE = 64
/** More than this is not held back: what is gained by one write for many messages is gained by then. */
const MOST_HELD_BYTES = 64 * 1024

/** Outboxes with something in them; emptied at the end of this turn of the event loop. */
/** A message that stands from `start` to `end`. */
export interface Outgoing {
  bytes: Buffer
  start: number
  end: number
  /** Told when nothing looks at the bytes any more. */
  done?: () => void
}

const waiting: Outbox[] = []
const idle: BundleWriter[] = []

/**
 * What one link sends within a turn of the event loop: small frames leave together in one message, all messages in one write, and so in
 * few TLS records and one system call.
 */
export class Outbox {
  readonly #emit: (message: Outgoing) => void
  readonly #stream: Writable | undefined
  #writer: BundleWriter | undefined
  /** Ready to go, before what is being written. */
  #held: Outgoing[] | undefined
  #heldBytes = 0
  #waits = false

  /** `stream`: what `emit` writes to in the end. */
  constructor(emit: (message: Outgoing) => void, stream: Writable | undefined) {
    this.#emit = emit
    this.#stream = stream
  }

  /** Sends a frame. It must not be changed any more. */
  send(frame: Buffer): void {
    if (frame.length > MAX_BUNDLED_BYTES) return this.sendLarge({ bytes: frame, start: 0, end: frame.length })
    const at = this.place(frame.length)
    frame.copy(this.bytes, at)
  }

  /** Sends a frame of more than MAX_BUNDLED_BYTES as a message of its own. */
  sendLarge(message: Outgoing): void {
    this.#close()
    this.#hold(message)
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

  #hold(message: Outgoing): void {
    this.#wait()
    ;(this.#held ??= []).push(message)
    this.#heldBytes += message.end - message.start
    if (this.#heldBytes > MOST_HELD_BYTES) this.flush()
  }

  #finish(): Outgoing | undefined {
    const writer = this.#writer
    if (!writer) return undefined
    this.#writer = undefined
    const bytes = writer.length > 0 ? writer.take(HEAD_ROOM) : undefined
    if (idle.length < MOST_IDLE) idle.push(writer)
    else freeBuffer(writer.bytes)
    return bytes && { bytes, start: HEAD_ROOM, end: bytes.length }
  }
}

function flushAll(): void {
  // What is sent meanwhile leaves with the next turn.
  for (const outbox of waiting.splice(0)) outbox.end()
}
