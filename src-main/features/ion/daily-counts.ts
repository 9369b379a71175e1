import * as v from 'valibot'
import type { Clock } from '../../base/index.ts'
import type { Store } from '../../store/index.ts'
import { DAY_MS } from './constants.ts'

const counts = v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(0)))
const kept = v.fallback(v.object({ day: v.number(), counts }), { day: 0, counts: {} })

/** Counts by name for the running UTC day, on disk. Its names are bounded by the day's budget of records. */
export class DailyCounts {
  readonly #name: string
  readonly #store: Store
  readonly #clock: Clock

  constructor(name: string, store: Store, clock: Clock) {
    this.#name = name
    this.#store = store
    this.#clock = clock
  }

  /** Counts one more; false, and nothing counted, where there were `most` already. */
  take(name: string, most: number): boolean {
    const { day, counts: today } = this.#today()
    const count = today[name] ?? 0
    if (count >= most) return false
    this.#store.settings.set(this.#name, { day, counts: { ...today, [name]: count + 1 } })
    return true
  }

  /** What was counted today does not count. */
  clear(name: string): void {
    const { day, counts: today } = this.#today()
    const { [name]: count, ...others } = today
    if (count !== undefined) this.#store.settings.set(this.#name, { day, counts: others })
  }

  #today(): { day: number; counts: Record<string, number> } {
    const day = Math.floor(this.#clock.now() / DAY_MS)
    const before = v.parse(kept, this.#store.settings.get(this.#name) ?? {})
    return before.day === day ? before : { day, counts: {} }
  }
}
