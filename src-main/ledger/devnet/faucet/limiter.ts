import type { Clock } from '../../../base/index.ts'

interface Window {
  startedAt: number
  count: number
}

/** Counts requests per key in windows of time; forgets windows that are over, so it stays small. */
export class RateLimiter {
  readonly #windows = new Map<string, Window>()
  readonly #clock: Clock
  readonly #windowMs: number
  readonly #most: number

  constructor(clock: Clock, windowMs: number, most: number) {
    this.#clock = clock
    this.#windowMs = windowMs
    this.#most = most
  }

  /** Counts one request; false when the key has had its share of this window. */
  admit(key: string): boolean {
    const now = this.#clock.now()
    const window = this.#windows.get(key)
    if (window && now - window.startedAt < this.#windowMs) return ++window.count <= this.#most
    this.#forget(now)
    // Delete first: the map then stays ordered by start, which makes forgetting cheap.
    this.#windows.delete(key)
    this.#windows.set(key, { startedAt: now, count: 1 })
    return true
  }

  #forget(now: number): void {
    for (const [key, { startedAt }] of this.#windows) {
      if (now - startedAt < this.#windowMs) return
      this.#windows.delete(key)
    }
  }
}
