import type { Clock } from './clock.ts'

/** Keys that are remembered: at the bound all are forgotten, which costs each one more try. */
const MAX_KEYS = 10_000

/** What happened within the last `ms`, by key, whatever the clock is set to. */
export class Lately {
  readonly #clock: Pick<Clock, 'steady'>
  readonly #ms: number
  readonly #at = new Map<string, number>()

  constructor(clock: Pick<Clock, 'steady'>, ms: number) {
    this.#clock = clock
    this.#ms = ms
  }

  note(key: string): void {
    if (this.#at.size >= MAX_KEYS) this.#at.clear()
    this.#at.set(key, this.#clock.steady())
  }

  forget(key: string): void {
    this.#at.delete(key)
  }

  has(key: string): boolean {
    return this.left(key) > 0
  }

  /** Milliseconds until it is forgotten; 0 where it is. */
  left(key: string): number {
    const at = this.#at.get(key)
    if (at === undefined) return 0
    const left = at + this.#ms - this.#clock.steady()
    if (left > 0) return left
    this.#at.delete(key)
    return 0
  }
}
