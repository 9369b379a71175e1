import * as v from 'valibot'
import type { Clock } from './clock.ts'

export const DAY_MS = 24 * 3600_000

const counts = v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0)))
const kept = v.fallback(v.object({ day: v.number(), counts }), { day: 0, counts: {} })

/** Where counts are kept over restarts; the store's settings are one. */
export interface BudgetKeeper {
  get(name: string): unknown
  set(name: string, value: unknown): void
}

/**
 * Counts by name for the running UTC day, on disk, so that a restart gives nothing back. What it keeps ends with the day;
 * within one, callers bound its names.
 */
export class DailyBudget {
  readonly #name: string
  readonly #keeper: BudgetKeeper
  readonly #clock: Clock

  constructor(name: string, keeper: BudgetKeeper, clock: Clock) {
    this.#name = name
    this.#keeper = keeper
    this.#clock = clock
  }

  /** What was counted today. */
  used(name: string): number {
    return this.#today().counts[name] ?? 0
  }

  /** Counts one more; false, and nothing counted, where there were `most` already. */
  take(name: string, most: number): boolean {
    const { day, counts: today } = this.#today()
    const count = today[name] ?? 0
    if (count >= most) return false
    this.#keeper.set(this.#name, { day, counts: { ...today, [name]: count + 1 } })
    return true
  }

  /** One that was taken today was not needed after all. */
  giveBack(name: string): void {
    const { day, counts: today } = this.#today()
    const count = today[name] ?? 0
    if (count > 0) this.#keeper.set(this.#name, { day, counts: { ...today, [name]: count - 1 } })
  }

  /** What was counted today does not count. */
  clear(name: string): void {
    const { day, counts: today } = this.#today()
    const { [name]: count, ...others } = today
    if (count !== undefined) this.#keeper.set(this.#name, { day, counts: others })
  }

  /** Milliseconds until it goes on: 00:00 UTC. */
  get endsIn(): number {
    return DAY_MS - (this.#clock.now() % DAY_MS)
  }

  #today(): { day: number; counts: Record<string, number> } {
    const day = Math.floor(this.#clock.now() / DAY_MS)
    const before = v.parse(kept, this.#keeper.get(this.#name) ?? {})
    return before.day === day ? before : { day, counts: {} }
  }
}
