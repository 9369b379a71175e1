import { expect, test } from 'vitest'
import { sticks } from './stick.ts'

test('rows that turn out taller, new rows and a list that shrinks leave it at its end', () => {
  expect(sticks(true, { top: 900, max: 900 }, { top: 900, max: 1400 })).toBe(true)
  expect(sticks(true, { top: 0, max: 0 }, { top: 0, max: 20_000 })).toBe(true)
})

test('rows that turn out lower take the place along, which is nobody going up', () => {
  expect(sticks(true, { top: 900, max: 1400 }, { top: 700, max: 1200 })).toBe(true)
})

test('a person who scrolls up leaves the end, also while rows are measured', () => {
  expect(sticks(true, { top: 900, max: 900 }, { top: 800, max: 900 })).toBe(false)
  expect(sticks(true, { top: 900, max: 900 }, { top: 800, max: 1000 })).toBe(false)
  expect(sticks(true, { top: 900, max: 900 }, { top: 700, max: 850 })).toBe(false)
})

test('the end is reached again by scrolling there, and only there', () => {
  expect(sticks(false, { top: 800, max: 900 }, { top: 880, max: 900 })).toBe(true)
  expect(sticks(false, { top: 500, max: 900 }, { top: 600, max: 900 })).toBe(false)
  expect(sticks(false, { top: 500, max: 900 }, { top: 500, max: 1200 })).toBe(false)
})
