import { expect, test } from 'vitest'
import { usageHours } from './usage-hours.ts'

const HOUR = 3_600_000
const NOW = 1_000 * HOUR + 5
const some = (hour: number, sent: number) => ({ at: hour * HOUR, traffic: { sent, received: 1 } })
const nothing = { sent: 0, received: 0 }

test('hours have no gap, begin with the first that had any and end with the current one', () => {
  expect(usageHours([], [], NOW)).toEqual([{ at: 1_000 * HOUR, nodes: nothing, direct: nothing }])
  const hours = usageHours([some(996, 7)], [some(998, 9)], NOW)
  expect(hours.map(({ at }) => at / HOUR)).toEqual([996, 997, 998, 999, 1_000])
  expect(hours[0]).toMatchObject({ nodes: { sent: 7, received: 1 }, direct: nothing })
  expect(hours[1]).toMatchObject({ nodes: nothing, direct: nothing })
  expect(hours[2]).toMatchObject({ nodes: nothing, direct: { sent: 9, received: 1 } })
})

test('there are 24 at most, also after a night asleep and with a clock that was put back', () => {
  const asleep = usageHours([some(900, 7)], [some(999, 1)], NOW)
  expect(asleep.map(({ at }) => at / HOUR)).toEqual(Array.from({ length: 24 }, (_, index) => 977 + index))
  const back = usageHours([some(1_003, 7)], [], NOW)
  expect(back.map(({ at }) => at / HOUR)).toEqual([1_003])
})
