import type { Clock } from '../../base/index.ts'

/** Long enough to spare a busy node its questions, short enough that what nobody told of is soon seen. */
const SHORT_MS = 1_000
const MAX_KEYS = 20_000

/**
 * Answers that are asked for thousands of times a second, kept for a second. Whoever knows that one has changed says so with
 * `forget` or `clear`. At its bound it forgets everything, which costs each key one question.
 */
export class ShortMemory<V> {
  readonly #clock: Clock
  readonly #most: number
  readonly #kept = new Map<string, { value: V; until: number }>()

  constructor(clock: Clock, most = MAX_KEYS) {
    this.#clock = clock
    this.#most = most
  }

  get size(): number {
    return this.#kept.size
  }

  /** What is kept under the key, or what `ask` answers now. */
  get(key: string, ask: () => V): V {
    const now = this.#clock.steady()
    const kept = this.#kept.get(key)
    if (kept && now < kept.until) return kept.value
    const value = ask()
    if (!kept && this.#kept.size >= this.#most) this.#kept.clear()
    this.#kept.set(key, { value, until: now + SHORT_MS })
    return value
  }

  forget(key: string): void {
    this.#kept.delete(key)
  }

  clear(): void {
    this.#kept.clear()
  }
}
