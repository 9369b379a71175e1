import type { Random } from './random.ts'

/**
 * Milliseconds to wait before attempt `attempt` (0, 1, 2 …): doubling from `first` to `most`, with "full jitter"
 * (a uniform share between a half and the whole), so that a thousand clients do not come back in step.
 */
export function backoff(attempt: number, first: number, most: number, random: Random): number {
  const whole = Math.min(most, first * 2 ** Math.min(attempt, 30))
  return whole / 2 + (whole / 2) * random.float()
}
