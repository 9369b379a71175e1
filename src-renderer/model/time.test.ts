import { expect, test } from 'vitest'
import { clockTime, dayTitle, daysBetween, listTime, spanWords } from './time.ts'

const now = new Date(2026, 10, 20, 15, 0).getTime()
const words = { today: 'Today', yesterday: 'Yesterday' }
const on = (day: number, hour = 12, month = 10) => new Date(2026, month, day, hour, 7).getTime()

test('a list shows the hour today, then the day, then the date', () => {
  expect(listTime(on(20, 14), now, 'en', words)).toBe('14:07')
  expect(listTime(on(19, 23), now, 'en', words)).toBe('Yesterday')
  expect(listTime(on(16), now, 'en', words)).toBe('Mon')
  expect(listTime(on(16), now, 'de', words)).toBe('Mo')
  expect(listTime(on(1), now, 'de', words)).toBe('01.11.26')
})

test('a span is told in the unit in which it reads best', () => {
  const minute = 60_000
  expect(spanWords(5_000, 'en')).toBe('5 seconds')
  expect(spanWords(minute, 'en')).toBe('1 minute')
  expect(spanWords(10.4 * minute, 'de')).toBe('10 Minuten')
  expect(spanWords(119.4 * minute, 'en')).toBe('119 minutes')
  expect(spanWords(119.6 * minute, 'en')).toBe('2 hours')
  expect(spanWords(47.6 * 60 * minute, 'de')).toBe('2 Tage')
  expect(spanWords(1500 * 24 * 60 * minute, 'en')).toBe('1,500 days')
})

test('a clock ahead of this one counts as today', () => {
  expect(daysBetween(now + 60_000, now)).toBe(0)
  expect(listTime(on(21), now, 'en', words)).toBe('12:07')
})

test('a day has a title', () => {
  expect(dayTitle(on(20), now, 'en', words)).toBe('Today')
  expect(dayTitle(on(2), now, 'de', words)).toBe('Montag, 2. November 2026')
  expect(clockTime(on(20, 0), 'en')).toBe('00:07')
})
