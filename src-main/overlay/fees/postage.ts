import type { Clock } from '../../base/index.ts'
import type { StrangersRequest } from '../relay/types.ts'
import type { SendResult } from '../types.ts'
import { postageRequired } from './asks.ts'
import type { FeeBook } from './book.ts'
import type { Posting } from './postings.ts'
import { nanosOf } from './prices.ts'

/** Requests on their way of one device to one recipient. */
interface Running {
  postings: Set<Posting>
  /** How many postages they will be charged together at most. */
  postages: number
}

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
  /** By who asks whom: those to several devices of one address are paid for together. */
  readonly #running = new Map<string, Running>()

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
    const { sender, send, digest, direct } = request
    const posting = { ...sender, to: send, digest, now: this.#clock.now() }
    if (this.#book.isPosted(posting)) return work()
    const release = this.#hold(posting, direct)
    try {
      const result = await work()
      if (result !== 'dropped') this.#book.post(posting, this.#nanos)
      return result
    } finally {
      release()
    }
  }

  #hold(posting: Posting, mayPay: boolean): () => void {
    const { address, device, to } = posting
    const name = `${device}>${to.address}`
    const running = this.#running.get(name) ?? { postings: new Set(), postages: 0 }
    const wanted = this.#postagesOf([...running.postings, posting])
    const more = BigInt(wanted - running.postages) * this.#nanos
    // What another node brings is no reason to charge anybody: it must be paid for in the book.
    if (!mayPay && wanted > 0) throw postageRequired(this.#nanos)
    if (more > 0n) {
      const { charged, postage, paid } = this.#book.use(address, device)
      const left = paid - nanosOf(charged) - postage - this.held(device)
      if (left < more) throw postageRequired(this.#nanos)
    }
    running.postings.add(posting)
    this.#running.set(name, running)
    this.#set(device, running, wanted)
    return () => {
      running.postings.delete(posting)
      if (running.postings.size === 0) this.#running.delete(name)
      this.#set(device, running, this.#postagesOf([...running.postings]))
    }
  }

  /** As the book will charge them: one postage for one envelope to each device, and what is paid for already first. */
  #postagesOf(postings: readonly Posting[]): number {
    const byDevice = new Map<string, Map<string, Posting>>()
    for (const posting of postings) {
      const { device } = posting.to
      byDevice.set(device, (byDevice.get(device) ?? new Map<string, Posting>()).set(posting.digest, posting))
    }
    return [...byDevice.values()].reduce((most, envelopes) => {
      const newest = [...envelopes.values()].at(-1)
      return newest ? Math.max(most, envelopes.size - this.#book.roomOf(newest)) : most
    }, 0)
  }

  #set(device: string, running: Running, postages: number): void {
    const held = this.held(device) + BigInt(postages - running.postages) * this.#nanos
    running.postages = postages
    if (held > 0n) this.#held.set(device, held)
    else this.#held.delete(device)
  }
}
