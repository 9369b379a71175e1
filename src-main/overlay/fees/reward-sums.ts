import type { Clock } from '../../base/index.ts'
import type { FeeBook } from './book.ts'

/** A scrape asks some dozens of times for what the node knows, and the sums are of every channel. */
const KEPT_MS = 10_000

/** NANOS of all channels. */
export interface RewardTotals {
  /** In vouchers of channels that are not closed yet. */
  promised: bigint
  /** Paid out from those that are. */
  collected: bigint
}

/** What a node's vouchers come to, for whoever watches it: up to ten seconds old. */
export class RewardSums {
  readonly #book: FeeBook
  readonly #clock: Clock
  #last: RewardTotals | undefined
  #at = 0

  constructor(book: FeeBook, clock: Clock) {
    this.#book = book
    this.#clock = clock
  }

  read(): RewardTotals {
    const now = this.#clock.steady()
    if (this.#last && now - this.#at < KEPT_MS) return this.#last
    const { open, collected } = this.#book.channels.sums()
    this.#at = now
    return (this.#last = { promised: open, collected })
  }
}
