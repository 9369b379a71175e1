import type { Clock } from '../../base/index.ts'
import type { StrangersRequest } from '../relay/types.ts'
import type { SendResult } from '../types.ts'
import { postageRequired } from './asks.ts'
import type { FeeBook } from './book.ts'
import type { Posting } from './postings.ts'
import { nanosOf } from './prices.ts'

/**
 * What strangers pay for their contact requests: in advance, because nobody is owed anything by somebody who asks once and is
 * gone. Charged when the request was accepted, once.
 */
export class PostageDesk {
  readonly #book: FeeBook
  readonly #nanos: bigint
  readonly #clock: Clock
  /** NANOS of requests on their way, by sending device. */
  readonly #held = new Map<string, bigint>()
  /** Requests on their way, by who asks whom: those to several devices of one address are paid for together. */
  readonly #running = new Map<string, number>()

  constructor(options: { book: FeeBook; nanos: bigint; clock: Clock }) {
    this.#book = options.book
    this.#nanos = options.nanos
    this.#clock = options.clock
  }

  /** NANOS that requests on their way will cost a device. */
  held(device: string): bigint {
    return this.#held.get(device) ?? 0n
  }

  /** Runs `work` and charges it. Throws `payment_required` before, and what `work` throws, which costs nothing. */
  async carry(request: StrangersRequest, work: () => Promise<SendResult>): Promise<SendResult> {
    const { sender, send, digest } = request
    const posting = { ...sender, to: send, digest, now: this.#clock.now() }
    if (this.#book.isPaidFor(posting)) return this.#noted(posting, 0n, work)
    if (!request.direct) throw postageRequired(this.#nanos)
    const release = this.#hold(posting)
    try {
      return await this.#noted(posting, this.#nanos, work)
    } finally {
      release()
    }
  }

  async #noted(posting: Posting, nanos: bigint, work: () => Promise<SendResult>): Promise<SendResult> {
    const result = await work()
    if (result !== 'dropped') this.#book.post(posting, nanos)
    return result
  }

  #hold({ address, device, to }: Posting): () => void {
    const name = `${device}>${to.address}`
    const running = this.#running.get(name) ?? 0
    if (running === 0) {
      const { charged, postage, paid } = this.#book.use(address, device)
      if (paid - nanosOf(charged) - postage - this.held(device) < this.#nanos) throw postageRequired(this.#nanos)
      this.#held.set(device, this.held(device) + this.#nanos)
    }
    this.#running.set(name, running + 1)
    return () => {
      const left = (this.#running.get(name) ?? 1) - 1
      if (left > 0) return void this.#running.set(name, left)
      this.#running.delete(name)
      const held = this.held(device) - this.#nanos
      if (held > 0n) this.#held.set(device, held)
      else this.#held.delete(device)
    }
  }
}
