import { expect, it } from 'vitest'
import { Gaps } from './gaps.ts'

const gap = (after: number, until: number) => ({ after, until })

it('gaps join where they touch, split where something was read, and are told in turn', () => {
  const gaps = new Gaps([gap(10, 20)])
  gaps.add(gap(30, 40))
  gaps.add(gap(20, 25))
  expect(gaps.all).toEqual([gap(10, 25), gap(30, 40)])
  expect([gaps.next(0), gaps.next(25), gaps.next(40)]).toEqual([gap(10, 25), gap(30, 40), gap(10, 25)])
  gaps.remove(gap(12, 15))
  expect(gaps.all).toEqual([gap(10, 12), gap(15, 25), gap(30, 40)])
  gaps.remove(gap(0, 35))
  expect(gaps.all).toEqual([gap(35, 40)])
  gaps.remove(gap(30, 50))
  expect(gaps.next(0)).toBeUndefined()
})

it('there are so many gaps at most, and what was one before is in one still', () => {
  const gaps = new Gaps()
  const places = Array.from({ length: 1_000 }, (_, at) => at * at)
  for (const place of places) gaps.add(gap(place, place + 1))
  expect(gaps.all.length).toBeLessThanOrEqual(128)
  for (const place of places) expect(gaps.all.some(({ after, until }) => after <= place && until > place)).toBe(true)
})
