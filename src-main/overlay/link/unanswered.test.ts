import { expect, it } from 'vitest'
import { ParleyError } from '../../contract/index.ts'
import { Unanswered } from './unanswered.ts'

function waiting() {
  const told: string[] = []
  return { told, answered: () => told.push('answered'), failed: (error: ParleyError) => told.push(error.code) }
}

it('who is answered is told once, the others when their time is over or the link is gone', async () => {
  const unanswered = new Unanswered(40)
  const [first, second, third] = [waiting(), waiting(), waiting()]
  unanswered.add(1, first)
  unanswered.add(2, second)
  unanswered.take(1)?.answered()
  expect(unanswered.take(1)).toBeUndefined()
  await new Promise((resolve) => setTimeout(resolve, 25))
  unanswered.add(3, third)
  expect(unanswered.size).toBe(2)
  await expect.poll(() => second.told).toEqual(['timeout'])
  await expect.poll(() => third.told).toEqual(['timeout'])
  const fourth = waiting()
  unanswered.add(4, fourth)
  unanswered.fail(new ParleyError('offline', 'The link is gone.'))
  expect([first.told, fourth.told]).toEqual([['answered'], ['offline']])
  expect(unanswered.size).toBe(0)
  // Whoever comes after that has a time as well.
  const fifth = waiting()
  unanswered.add(5, fifth)
  await expect.poll(() => fifth.told).toEqual(['timeout'])
})

it('is given the time of each, not of the first', async () => {
  const unanswered = new Unanswered(60)
  const due: number[] = []
  const begun = performance.now()
  for (const id of [1, 2]) {
    unanswered.add(id, { answered: () => {}, failed: () => due.push(performance.now() - begun) })
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  await expect.poll(() => due.length).toBe(2)
  expect(due[0]).toBeGreaterThanOrEqual(59)
  expect(due[1]).toBeGreaterThanOrEqual(88)
})

it('finds everybody in any order of answers, however many there were before', () => {
  const unanswered = new Unanswered(10_000)
  const open = new Map<number, ReturnType<typeof waiting>>()
  let random = 1
  for (let id = 1; id <= 5_000; id++) {
    const entry = waiting()
    open.set(id, entry)
    unanswered.add(id, entry)
    random = (random * 48_271) % 2_147_483_647
    if (open.size < random % 40) continue
    for (const key of [...open.keys()].filter((each) => (each * random) % 3 !== 0)) {
      expect(unanswered.find((each) => each === open.get(key))).toBe(open.get(key))
      expect(unanswered.take(key)).toBe(open.get(key))
      expect(unanswered.take(key)).toBeUndefined()
      open.delete(key)
    }
    expect(unanswered.size).toBe(open.size)
  }
  unanswered.fail(new ParleyError('offline', 'The link is gone.'))
  for (const { told } of open.values()) expect(told).toEqual(['offline'])
})
