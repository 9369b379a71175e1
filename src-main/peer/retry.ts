import { backoff, type Clock, type Random } from '../base/index.ts'
import { MAX_SELF_RETRIES, RETRY_FIRST_MS, RETRY_MOST_MS } from './constants.ts'

/** When to try again: later after each failure, and after several not by itself. */
export class Retry {
  readonly #clock: Clock
  readonly #random: Random
  readonly #attempt: () => void
  #failures = 0
  #notBefore = 0
  #cancel: (() => void) | undefined

  constructor(clock: Clock, random: Random, attempt: () => void) {
    this.#clock = clock
    this.#random = random
    this.#attempt = attempt
  }

  /** An attempt is coming. */
  get isWaiting(): boolean {
    return this.#cancel !== undefined
  }

  /** Milliseconds until an attempt makes sense; 0 or less: now. */
  get wait(): number {
    return this.#notBefore - this.#clock.steady()
  }

  /** What went wrong before says nothing about the next attempt. */
  forget(): void {
    this.#failures = 0
    this.#notBefore = 0
  }

  /** Answers how long it waits. */
  failed(): number {
    const wait = backoff(this.#failures++, RETRY_FIRST_MS, RETRY_MOST_MS, this.#random)
    this.#notBefore = this.#clock.steady() + wait
    if (this.#failures <= MAX_SELF_RETRIES) this.in(wait)
    return wait
  }

  in(ms: number): void {
    this.#cancel?.()
    this.#cancel = this.#clock.after(ms, () => {
      this.#cancel = undefined
      this.#attempt()
    })
  }

  cancel(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
