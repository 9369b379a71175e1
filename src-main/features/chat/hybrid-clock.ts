import type { HybridClockValue } from '../../wire/index.ts'

/** A clock from outside may run ahead by at most this much before it is held back to ours. */
export const MAX_CLOCK_AHEAD_MS = 60_000

/** The next clock of a conversation: never behind what it has seen, never behind the wall clock (hybrid logical clock). */
export function nextClock(last: HybridClockValue, now: number): HybridClockValue {
  return now > last.time ? { time: now, count: 0 } : { time: last.time, count: last.count + 1 }
}

/** Holds a clock from outside to a bound, so that one message from the year 3000 does not stay last for ever. */
export function boundedClock(clock: HybridClockValue, now: number): HybridClockValue {
  return clock.time > now + MAX_CLOCK_AHEAD_MS ? { time: now + MAX_CLOCK_AHEAD_MS, count: 0 } : clock
}
