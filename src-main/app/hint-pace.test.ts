import { expect, test } from 'vitest'
import type { Clock } from '../base/index.ts'
import { HintPace } from './hint-pace.ts'

/** A clock that is moved by hand, with its timers. */
function handClock() {
  let now = 1_000_000
  const timers = new Set<{ at: number; work: () => void }>()
  const clock: Clock = {
    now: () => now,
    steady: () => now,
    after: (ms, work) => {
      const timer = { at: now + ms, work }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  const pass = (ms: number) => {
    for (const end = now + ms; ;) {
      const next = [...timers].sort((a, b) => a.at - b.at)[0]
      if (!next || next.at > end) return void (now = end)
      timers.delete(next)
      now = next.at
      next.work()
    }
  }
  return { clock, pass, timers }
}

test('whoever tells without end makes this device look a few times, then every 15 s; others are not held up by it', () => {
  const { clock, pass, timers } = handClock()
  const pace = new HintPace(clock)
  let looks = 0
  for (let second = 0; second <= 60; second++) {
    for (let hint = 0; hint < 100; hint++) pace.run('Mallory', 'group', () => looks++)
    pass(1000)
  }
  expect(looks).toBe(8)
  let other = 0
  pace.run('Bob', 'group', () => other++)
  expect(other).toBe(1)
  pace.run('Mallory', 'group', () => looks++)
  expect(timers.size).toBe(1)
  pace.stop()
  expect(timers.size).toBe(0)
})

test('what is put off comes, once for each thing, and after a pause all is as before', () => {
  const { clock, pass } = handClock()
  const pace = new HintPace(clock)
  const done: string[] = []
  for (const what of ['a', 'a', 'a', 'a', 'b', 'c', 'b']) pace.run('Bob', what, () => done.push(what))
  expect(done).toEqual(['a', 'a', 'a', 'a'])
  pass(30_000)
  expect(done.slice(4)).toEqual(['b', 'c'])
  pass(3_600_000)
  expect(done).toHaveLength(6)
  for (let hint = 0; hint < 6; hint++) pace.run('Bob', 'a', () => done.push('a'))
  expect(done).toHaveLength(10)
})

test('what is put off is known to be, until it is done', () => {
  const { clock, pass } = handClock()
  const pace = new HintPace(clock)
  for (let hint = 0; hint < 4; hint++) pace.run('Bob', 'a', () => {})
  expect(pace.isPutOff('a')).toBe(false)
  pace.run('Bob', 'a', () => {})
  pass(14_999)
  expect([pace.isPutOff('a'), pace.isPutOff('b')]).toEqual([true, false])
  pass(1)
  expect(pace.isPutOff('a')).toBe(false)
  pace.run('Bob', 'a', () => {})
  pace.stop()
  expect(pace.isPutOff('a')).toBe(false)
})
