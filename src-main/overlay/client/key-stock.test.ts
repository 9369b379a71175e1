import { beforeEach, expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { KeyStock } from './key-stock.ts'
import type { Links } from './links.ts'

let steady: number
let due: (() => void) | undefined
let stocks: number[]
let asked: number[]
let stock: KeyStock
const after: Clock['after'] = (ms, task) => {
  due = () => {
    steady += ms
    task()
  }
  return () => (due = undefined)
}
beforeEach(() => {
  ;[steady, asked] = [0, []]
  const links = { connectedHomes: () => stocks.map((count) => ({ stock: count })) } as unknown as Links
  stock = new KeyStock(links, { now: () => 0, steady: () => steady, after }, (remaining) => asked.push(remaining))
})

/** Nodes tell their stock, and what waits for it is done. */
function tell(...counts: number[]): void {
  stocks = counts
  stock.changed()
  due?.()
}

it('a node that says again and again that it has none makes this device make few', () => {
  for (let times = 0; times < 1_000; times++) tell(0)
  expect(steady).toBeGreaterThan(0)
  expect(asked.length).toBeLessThan(10 + steady / 60_000)
})

it('a node that says it has many keeps no others without', () => {
  tell(1_000_000, 20, 20)
  expect(asked).toEqual([])
  tell(1_000_000, 5, 4)
  expect(asked).toEqual([9])
  tell(7, 7, 6)
  expect(asked).toHaveLength(1)
})
