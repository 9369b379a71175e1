import { expect, test } from 'vitest'
import { renderedRows, visibleRows } from './fixed-rows.ts'

test('of a thousand rows only those that show and a few around them are rendered', () => {
  expect(visibleRows(1000, 56, 400, 800)).toEqual({ first: 0, end: 16 })
  expect(visibleRows(1000, 56, -28_000, 800)).toEqual({ first: 492, end: 523 })
})

test('the first and the last row are never beyond the list', () => {
  expect(visibleRows(1000, 56, -56_000, 800)).toEqual({ first: 992, end: 1000 })
  expect(visibleRows(3, 56, 0, 800)).toEqual({ first: 0, end: 3 })
  expect(visibleRows(0, 56, 0, 800)).toEqual({ first: 0, end: 0 })
  expect(visibleRows(1000, 56, 5000, 800)).toEqual({ first: 0, end: 0 })
})

test('the focused row stays wherever the list is scrolled to', () => {
  expect(renderedRows({ first: 10, end: 13 }, 2, 100)).toEqual([1, 2, 3, 10, 11, 12])
  expect(renderedRows({ first: 10, end: 13 }, 50, 100)).toEqual([10, 11, 12, 49, 50, 51])
  expect(renderedRows({ first: 10, end: 13 }, 11, 100)).toEqual([10, 11, 12])
  expect(renderedRows({ first: 10, end: 13 }, 500, 100)).toEqual([10, 11, 12])
  expect(renderedRows({ first: 10, end: 13 }, 12, 100)).toEqual([10, 11, 12, 13])
  expect(renderedRows({ first: 97, end: 100 }, 99, 100)).toEqual([97, 98, 99])
  expect(renderedRows({ first: 0, end: 3 }, 0, 100)).toEqual([0, 1, 2])
})
