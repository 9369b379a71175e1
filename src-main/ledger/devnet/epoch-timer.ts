import type { Clock } from '../../base/index.ts'

/** The longest wait that a timer of the platform keeps. */
const MAX_WAIT_MS = 2 ** 31 - 1

/** Calls `turnIfDue`, which answers the milliseconds until it wants to be called again. */
export class EpochTimer {
  readonly #clock: Clock
  readonly #turnIfDue: () => number
  #cancel: (() => void) | undefined

  constructor(clock: Clock, turnIfDue: () => number) {
    this.#clock = clock
    this.#turnIfDue = turnIfDue
  }

  start(waitMs: number): void {
    this.#cancel = this.#clock.after(Math.min(waitMs, MAX_WAIT_MS), () => this.start(this.#turnIfDue()))
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
