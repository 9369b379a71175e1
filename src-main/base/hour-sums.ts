import type { Clock } from './clock.ts'

const HOUR_MS = 3_600_000
const MAX_HOURS = 24

/** Bytes. */
export interface Traffic {
  sent: number
  received: number
}

/** Bytes by hour, the last 24 that had any. */
export class HourSums {
  readonly #clock: Clock
  readonly #hours: { at: number; traffic: Traffic }[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add({ sent, received }: Traffic): void {
    const { traffic } = this.#now()
    traffic.sent += sent
    traffic.received += received
  }

  /** Oldest first; `at` is the hour's beginning, ms since 1970. */
  hours(): { at: number; traffic: Traffic }[] {
    return this.#hours.map(({ at, traffic }) => ({ at, traffic: { ...traffic } }))
  }

  #now(): { at: number; traffic: Traffic } {
    const at = Math.floor(this.#clock.now() / HOUR_MS) * HOUR_MS
    const last = this.#hours.at(-1)
    // A clock that goes back stays in the hour that it had reached.
    if (last && last.at >= at) return last
    const hour = { at, traffic: { sent: 0, received: 0 } }
    this.#hours.push(hour)
    if (this.#hours.length > MAX_HOURS) this.#hours.shift()
    return hour
  }
}
