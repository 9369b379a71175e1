import { type Clock, SerialQueue } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { CoinHolds } from './coin-holds.ts'

/** Payments that may wait for their turn at one account. */
const MOST_WAITING = 256

/** The payments of one account: they choose coins one after another, and go to the ledger side by side. */
export class Lane {
  readonly coins: CoinHolds
  readonly #clock: Clock
  readonly #queue = new SerialQueue()
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
    this.coins = new CoinHolds(clock)
  }

  /** In the order of the calls. Throws `rate_limited` where too many wait. */
  run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#queue.length >= MOST_WAITING)
      return Promise.reject(
        new ParleyError('rate_limited', 'Too many payments wait for their turn.', { retryAfter: 5_000 }),
      )
    return this.#queue.run(task)
  }

  /** A payment is final or failed: whoever waits for coins looks again. */
  settled(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** Resolves when a payment is settled, or after `ms`. */
  nextSettled(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel()
        this.#waiting.delete(wake)
        resolve()
      }
      const cancel = this.#clock.after(Math.max(0, ms), wake)
      this.#waiting.add(wake)
    })
  }
}
