import { expect, it } from 'vitest'
import { type Clock, Lately } from '../../base/index.ts'
import { Wakes } from './wakes.ts'

const HOUR = 3_600_000
let steady = 10 * HOUR
let ahead = 0
let due = () => {}
const clock: Clock = { now: () => steady + ahead, steady: () => steady, after: (_, task) => ((due = task), () => {}) }

it('a clock that is set back holds up nobody who waits, and no node that could not be dialled', async () => {
  const failed = new Lately(clock, 30_000)
  failed.note('node')
  const waited = new Wakes(clock).while(() => true, 2_000)
  ahead = -HOUR
  steady += 30_000
  due()
  await waited
  expect(failed.has('node')).toBe(false)
})
