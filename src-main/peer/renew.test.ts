import { expect, test } from 'vitest'
import { type Clock, silentLog, systemRandom } from '../base/index.ts'
import { Allowance } from './allowance.ts'
import type { Command } from './ipc.ts'
import { Link } from './link.ts'
import { loopback } from './test-pair.ts'

test('a device that failed often is left alone for a while, but not after it has started again', () => {
  let now = 0
  let timers: { at: number; task: () => void }[] = []
  const clock: Clock = {
    now: () => now,
    steady: () => now,
    after: (ms, task) => {
      const timer = { at: now + ms, task }
      timers.push(timer)
      return () => void (timers = timers.filter((other) => other !== timer))
    },
  }
  const posted: Command[] = []
  let connection = 0
  const link = new Link('bob', {
    ...{ clock, random: systemRandom, log: silentLog, ours: true, allowance: new Allowance(1) },
    ...{ options: () => loopback, ready: () => true, admit: () => true, whole: () => false, wantsData: () => false },
    allot: () => ++connection,
    release: () => {},
    post: (command) => void posted.push(command),
    signal: () => {},
    emit: () => {},
  })
  const opened = () => posted.filter(({ type }) => type === 'open').length
  link.connect()
  for (let failures = 1; failures <= 6; failures++) {
    expect(opened()).toBe(failures)
    link.report({ type: 'closed', connection, reason: 'failed' })
    now = Math.max(...timers.map(({ at }) => at))
    if (failures < 6) for (const { task } of timers.splice(0)) task()
  }
  now -= 1
  link.connect()
  expect(opened()).toBe(6)
  link.renew()
  link.connect()
  expect(opened()).toBe(7)
  link.disconnect()
  expect(timers).toEqual([])
})
