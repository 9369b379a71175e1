import { expect, test } from 'vitest'
import { repeatWhile } from './repeat.ts'

test('work is repeated while it is wanted, one at a time', async () => {
  let left = 5
  let running = 0
  const go = repeatWhile(
    () => left > 0,
    async () => {
      expect(++running).toBe(1)
      await Promise.resolve()
      running--
      left--
      return true
    },
  )
  await Promise.all([go(), go()])
  expect(left).toBe(0)
})

test('what is wanted again in the moment a run ends is not forgotten', async () => {
  let wanted = true
  let runs = 0
  const go = repeatWhile(
    () => wanted,
    async () => {
      wanted = ++runs < 3
      // As a watcher that fires between the answer and the end of the run.
      if (!wanted && runs === 3)
        queueMicrotask(() => {
          wanted = true
          void go()
        })
      return true
    },
  )
  void go()
  await new Promise((resolve) => setTimeout(resolve))
  expect(runs).toBe(4)
})

test('a failure ends the run, and the next call starts a new one', async () => {
  let fails = true
  let runs = 0
  const go = repeatWhile(
    () => runs < 2,
    async () => {
      runs++
      if (fails) throw new Error('away')
      return true
    },
  )
  await expect(go()).rejects.toThrow('away')
  fails = false
  await go()
  expect(runs).toBe(2)
})

test('work that can do nothing is not tried over and over', async () => {
  let runs = 0
  await repeatWhile(
    () => true,
    async () => ++runs < 3,
  )()
  expect(runs).toBe(3)
})
