import { expect, test } from 'vitest'
import { DailyBudget, DAY_MS } from './daily-budget.ts'

const keeper = () => {
  const settings = new Map<string, unknown>()
  return { get: (name: string) => settings.get(name), set: (name: string, value: unknown) => settings.set(name, value) }
}

function open() {
  const kept = keeper()
  const clock = { time: Date.UTC(2026, 10, 21, 23), now: () => clock.time, steady: () => 0, after: () => () => {} }
  const budget = () => new DailyBudget('test', kept, clock)
  return { kept, clock, budget }
}

test('takes as many as the day has, each name by itself, and over restarts', () => {
  const { budget } = open()
  expect([budget().take('a', 2), budget().take('a', 2), budget().take('a', 2)]).toEqual([true, true, false])
  expect(budget().take('b', 1)).toBe(true)
  expect([budget().used('a'), budget().used('b'), budget().used('c')]).toEqual([2, 1, 0])
})

test('ends at 00:00 UTC, and nothing of the day before is kept', () => {
  const { budget, clock, kept } = open()
  for (let index = 0; index < 50; index++) budget().take(`name ${index}`, 1)
  expect(budget().endsIn).toBe(3600_000)
  clock.time += budget().endsIn
  expect(budget().used('name 1')).toBe(0)
  expect(budget().endsIn).toBe(DAY_MS)
  budget().take('a', 1)
  expect(kept.get('test')).toMatchObject({ counts: { a: 1 } })
  expect(Object.keys((kept.get('test') as { counts: object }).counts)).toEqual(['a'])
})

test('gives back one or all, never more than was taken', () => {
  const { budget } = open()
  budget().giveBack('a')
  for (let index = 0; index < 3; index++) budget().take('a', 3)
  budget().giveBack('a')
  expect(budget().used('a')).toBe(2)
  budget().clear('a')
  expect(budget().used('a')).toBe(0)
})

test('what somebody else wrote there counts as nothing', () => {
  const { budget, kept } = open()
  kept.set('test', { day: 'x', counts: [-1] })
  expect(budget().take('a', 1)).toBe(true)
})
