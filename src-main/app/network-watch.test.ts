import { expect, test } from 'vitest'
import type { Clock } from '../base/index.ts'
import { NetworkWatch } from './network-watch.ts'

/** Runs the next timer by hand. */
function handClock() {
  const timers = new Set<() => void>()
  const time = { now: 0 }
  const clock: Clock = {
    now: () => time.now,
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
  return { clock, tick, timers, time }
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

test('a machine that slept is in another network as far as anybody knows', () => {
  const { clock, tick, time } = handClock()
  let changes = 0
  const watch = new NetworkWatch(
    clock,
    () => changes++,
    () => '10.0.1.2',
  )
  watch.start()
  // A busy machine is late, and a clock may be set back.
  for (const passed of [1_000, 3_000, -3_600_000]) {
    time.now += passed
    tick()
  }
  expect(changes).toBe(0)
  time.now += 600_000
  tick()
  tick()
  expect(changes).toBe(1)
  watch.stop()
})
