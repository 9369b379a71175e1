import { expect, test } from 'vitest'
import { systemRandom } from '../base/index.ts'
import { RETRY_MOST_MS } from './constants.ts'
import { Retry } from './retry.ts'

test('the next attempt waits for as long whatever the clock is set to', () => {
  let now = 10_000_000
  const clock = { now: () => now, steady: () => 0, after: () => () => {} }
  const retry = new Retry(clock, systemRandom, () => {})
  const wait = retry.failed()
  for (const set of [-3_600_000, 7_200_000]) {
    now += set
    expect(retry.wait).toBe(wait)
  }
  expect(wait).toBeLessThanOrEqual(RETRY_MOST_MS)
})
