import type { Clock } from '../base/index.ts'

/** Who tells of new keys does so a few times a day; each look may cost something, so more are put off. */
const BURST = 4
const EVERY_MS = 15_000
const MOST_REMEMBERED = 1000

interface Pace {
  tokens: number
  at: number
  /** Looks that were put off, by what is looked at, and how they are cancelled. */
  waiting: Map<string, () => void>
  cancel: (() => void) | undefined
}

/**
 * Puts off what others make this device do: a few times at once and then every 15 s, for each of them. None is forgotten,
 * and many that are put off are one.
 *
 *   pace.run(contact, groupId, () => follow(groupId))
 */
export class HintPace {
  readonly #clock: Clock
  readonly #paces = new Map<string, Pace>()
  #running = true

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `by`: whose doing it is; `what`: what is done again and again. */
  run(by: string, what: string, work: () => void): void {
    if (!this.#running) return
    const pace = this.#paceOf(by)
    const wait = this.#take(pace)
    if (wait === 0) return work()
    pace.waiting.set(what, work)
    pace.cancel ??= this.#clock.after(wait, () => this.#runNext(pace))
  }

  /** A look at this was put off, and comes. */
  isPutOff(what: string): boolean {
    for (const { waiting } of this.#paces.values()) if (waiting.has(what)) return true
    return false
  }

  stop(): void {
    this.#running = false
    for (const { cancel } of this.#paces.values()) cancel?.()
    this.#paces.clear()
  }

  #runNext(pace: Pace): void {
    pace.cancel = undefined
    const wait = this.#take(pace)
    const [next] = wait === 0 ? pace.waiting : []
    if (next) {
      pace.waiting.delete(next[0])
      next[1]()
    }
    if (this.#running && pace.waiting.size > 0)
      pace.cancel = this.#clock.after(wait || EVERY_MS, () => this.#runNext(pace))
  }

  /** Milliseconds to wait, 0 where one may be done now. */
  #take(pace: Pace): number {
    const now = this.#clock.steady()
    pace.tokens = Math.min(BURST, pace.tokens + (now - pace.at) / EVERY_MS)
    pace.at = now
    if (pace.tokens < 1) return Math.ceil((1 - pace.tokens) * EVERY_MS)
    pace.tokens--
    return 0
  }

  #paceOf(by: string): Pace {
    const known = this.#paces.get(by)
    if (known) return known
    for (const [key, { waiting }] of this.#paces) {
      if (this.#paces.size < MOST_REMEMBERED) break
      if (waiting.size === 0) this.#paces.delete(key)
    }
    const made: Pace = { tokens: BURST, at: this.#clock.steady(), waiting: new Map(), cancel: undefined }
    this.#paces.set(by, made)
    return made
  }
}
