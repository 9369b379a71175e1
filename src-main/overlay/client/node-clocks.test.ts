import { beforeEach, expect, it } from 'vitest'
import { NodeClocks } from './node-clocks.ts'

const TRUE_TIME = 1_700_000_000_000
let ours: number
let steady: number
let clocks: NodeClocks
beforeEach(() => {
  ours = TRUE_TIME + 600_000
  steady = 5_000
  clocks = new NodeClocks({ now: () => ours, steady: () => steady, after: () => () => {} })
})

it('says how far this clock is ahead or behind, and nothing of what clocks differ by anyway', () => {
  expect(clocks.aheadMs(['a'])).toBeUndefined()
  clocks.note('a', TRUE_TIME)
  expect(clocks.aheadMs(['a'])).toBe(600_000)
  clocks.note('a', TRUE_TIME + 1_200_000)
  expect(clocks.aheadMs(['a'])).toBe(-600_000)
  clocks.note('a', ours - 30_000)
  expect(clocks.aheadMs(['a'])).toBeUndefined()
})

it('one wrong node among others says nothing, and nor does one that is not linked to any more', () => {
  for (const node of ['a', 'b']) clocks.note(node, ours)
  clocks.note('liar', TRUE_TIME - 86_400_000)
  expect(clocks.aheadMs(['a', 'b', 'liar'])).toBeUndefined()
  expect(clocks.aheadMs(['a', 'liar'])).toBeUndefined()
  expect(clocks.aheadMs([])).toBeUndefined()
})

it('is silent once the clock was set, until a node has said the time again', () => {
  clocks.note('a', TRUE_TIME)
  ours += 60_000
  steady += 60_000
  expect(clocks.aheadMs(['a'])).toBe(600_000)
  ours -= 600_000
  expect(clocks.aheadMs(['a'])).toBeUndefined()
  clocks.note('a', ours)
  expect(clocks.aheadMs(['a'])).toBeUndefined()
})
