import type { Clock, Log } from '../../base/index.ts'

/** The longest wait that a timer of the platform keeps. */
const MAX_WAIT_MS = 2 ** 31 - 1

/** Calls `turnIfDue`, which answers the milliseconds until it wants to be called again. */
export class EpochTimer {
  readonly #clock: Clock
  readonly #turnIfDue: () => number
  readonly #log: Log
  #cancel: (() => void) | undefined

  constructor(clock: Clock, turnIfDue: () => number, log: Log) {
    this.#clock = clock
    this.#turnIfDue = turnIfDue
    this.#log = log
  }

  start(): void {
    try {
      const wait = Math.min(this.#turnIfDue(), MAX_WAIT_MS)
      this.#cancel = this.#clock.after(wait, () => this.start())
    } catch (error) {
      // The ledger answers nothing any more then, and says so to everybody who asks.
      this.#log.error({ err: error }, 'the epoch of the local ledger cannot turn')
    }
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }
}
