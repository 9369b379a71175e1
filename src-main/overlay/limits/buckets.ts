import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'

/** Keys that are remembered: beyond it the ones unused for longest are forgotten, which only ever refills them. */
const MAX_KEYS = 50_000

/** How old the order of use may be: moving a key for each of its tokens would cost more than all else. */
const MOVE_MS = 1_000

interface Level {
  tokens: number
  at: number
  /** When it was last put behind all others. */
  moved: number
}

/** Token buckets by key: `perSecond` on average, `burst` at once. */
export class Buckets {
  readonly #clock: Clock
  readonly #perSecond: number
  readonly #burst: number
  readonly #levels = new Map<string, Level>()

  constructor(clock: Clock, limit: { perSecond: number; burst: number }) {
    this.#clock = clock
    this.#perSecond = limit.perSecond
    this.#burst = limit.burst
  }

  get size(): number {
    return this.#levels.size
  }

  /** Milliseconds to wait, 0 when a token was taken. */
  take(key: string, count = 1): number {
    const level = this.#level(key)
    if (level.tokens >= count) {
      level.tokens -= count
      return 0
    }
    return Math.max(1, Math.ceil(((count - level.tokens) * 1000) / this.#perSecond))
  }

  /** Takes them whether they are there or not: for what has happened already. Milliseconds until none is owed, 0 where none is. */
  spend(key: string, count: number): number {
    const level = this.#level(key)
    level.tokens -= count
    return level.tokens >= 0 ? 0 : Math.ceil((-level.tokens * 1000) / this.#perSecond)
  }

  /** Throws `rate_limited` with the time to wait where no token is left. */
  require(key: string, count = 1): void {
    const retryAfter = this.take(key, count)
    if (retryAfter > 0) throw new ParleyError('rate_limited', 'Too much at once. Please wait a moment.', { retryAfter })
  }

  #level(key: string): Level {
    const now = this.#clock.steady()
    const level = this.#levels.get(key) ?? { tokens: this.#burst, at: now, moved: -Infinity }
    level.tokens = Math.min(this.#burst, level.tokens + ((now - level.at) * this.#perSecond) / 1000)
    level.at = now
    if (now - level.moved >= MOVE_MS) this.#moveBehind(key, level, now)
    return level
  }

  #moveBehind(key: string, level: Level, now: number): void {
    level.moved = now
    this.#levels.delete(key)
    this.#levels.set(key, level)
    if (this.#levels.size <= MAX_KEYS) return
    const oldest = this.#levels.keys().next().value
    if (oldest !== undefined) this.#levels.delete(oldest)
  }
}
