import { expect, test } from 'vitest'
import type { Clock } from '../base/index.ts'
import { NetworkWatch } from './network-watch.ts'

/** Runs the next timer by hand. */
function handClock() {
  const timers = new Set<() => void>()
  const clock: Clock = {
    now: () => 0,
    steady: () => 0,
    after: (_, task) => {
      timers.add(task)
      return () => void timers.delete(task)
    },
  }
  const tick = () => {
    for (const task of [...timers]) {
      timers.delete(task)
      task()
    }
  }
  return { clock, tick, timers }
}

test('a change of addresses is told once, the loss of all of them not, and nothing after the stop', () => {
  const { clock, tick, timers } = handClock()
  let addresses = '10.0.1.2'
  let changes = 0
  const watch = new NetworkWatch(
    clock,
    () => changes++,
    () => addresses,
  )
  watch.start()
  tick()
  expect(changes).toBe(0)
  addresses = ''
  tick()
  expect(changes).toBe(0)
  addresses = '10.0.2.2'
  tick()
  tick()
  expect(changes).toBe(1)
  watch.stop()
  expect(timers.size).toBe(0)
})
