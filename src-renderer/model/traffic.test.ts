import { expect, test } from 'vitest'
import { barsOf, HALF, peakOf, percentWords, shareOf, totalOf } from './traffic.ts'

const hour = (nodes: [number, number], direct: [number, number]) => ({
  at: 0,
  nodes: { sent: nodes[0], received: nodes[1] },
  direct: { sent: direct[0], received: direct[1] },
})

test('sent bytes stand above the middle line and received ones below it, those through nodes next to the line', () => {
  expect(barsOf([hour([10, 20], [30, 20])])).toEqual([
    { kind: 'nodes', at: 23, y: 75, height: 25 },
    { kind: 'direct', at: 23, y: 0, height: 75 },
    { kind: 'nodes', at: 23, y: 100, height: 50 },
    { kind: 'direct', at: 23, y: 150, height: 50 },
  ])
})

test('the highest bar of a day fills half the chart, and none leaves it', () => {
  const hours = Array.from({ length: 24 }, (_, at) => hour([at, 2 * at], [3, 4]))
  expect(peakOf(hours)).toBe(50)
  for (const { y, height } of barsOf(hours)) {
    expect(y).toBeGreaterThanOrEqual(0)
    expect(y + height).toBeLessThanOrEqual(2 * HALF)
  }
})

test('a day without traffic has no bars, and no hours have no peak', () => {
  expect(barsOf([hour([0, 0], [0, 0])])).toEqual([])
  expect(peakOf([])).toBe(0)
})

test('totals are summed over the hours', () => {
  expect(totalOf([hour([1, 2], [3, 4]), hour([10, 20], [30, 40])], 'direct')).toEqual({ sent: 33, received: 44 })
})

test('a share of nothing is nothing, and a small one is not told as nothing', () => {
  expect(shareOf(0, 0)).toBe(0)
  expect(shareOf(1, 4)).toBe(0.25)
  const told = (share: number) => [percentWords(share, 'en'), percentWords(share, 'de').replace(/\s/g, ' ')]
  expect(told(0)).toEqual(['0%', '0 %'])
  expect(told(1 / 3)).toEqual(['33%', '33 %'])
  expect(told(0.0049)).toEqual(['< 1%', '< 1 %'])
  expect(told(1)).toEqual(['100%', '100 %'])
})
