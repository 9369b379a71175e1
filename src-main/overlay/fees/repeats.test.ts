import { afterEach, beforeEach, expect, it } from 'vitest'
import { FeeDatabase } from './database.ts'
import { Repeats } from './repeats.ts'

const MOST = 100
const SLACK = 10
const alice = `0x${'a'.repeat(64)}`
const bob = `0x${'b'.repeat(64)}`

let database: FeeDatabase
let repeats: Repeats
beforeEach(() => {
  database = new FeeDatabase(':memory:', 1)
  repeats = new Repeats(database, MOST, SLACK)
})
afterEach(() => database.close())

function keyOf(number: number): Uint8Array {
  const key = Buffer.alloc(16)
  key.writeUInt32BE(number)
  return key
}

function add(address: string, number: number, keptUntil = 1): void {
  database.transaction(() => {
    repeats.add(address, { key: keyOf(number), keptUntil })
    repeats.trim()
  })
}

const remembered = (from: number, to: number) => {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index)
  return numbers.filter((number) => repeats.keptUntil(keyOf(number)) !== undefined).length
}

it('one address that counts without end drives out what is its own, and nobody else loses any of it', () => {
  for (let number = 0; number < 40; number++) add(alice, number)
  for (let number = 1_000; number < 3_000; number++) add(bob, number)
  expect(remembered(0, 40)).toBe(40)
  const left = remembered(1_000, 3_000)
  expect(left).toBeGreaterThanOrEqual(MOST - 40)
  expect(left).toBeLessThan(MOST - 40 + SLACK)
})

it('of an address what is kept no more goes first', () => {
  for (let number = 0; number < 50; number++) add(alice, number, 1_000)
  for (let number = 1_000; number < 1_500; number++) add(alice, number, 0)
  expect(remembered(0, 50)).toBe(50)
})

it('of more addresses than there is place for, those that came last are remembered, and the bound holds', () => {
  for (let number = 0; number < 500; number++) add(`0x${`${number}`.padStart(32, '0').padEnd(64, '0')}`, number)
  expect(remembered(0, 500)).toBeLessThan(MOST + SLACK)
  expect(remembered(450, 500)).toBe(50)
})

it('a few that have most share what has to go: those with less lose nothing', () => {
  for (let number = 0; number < 20; number++) add(alice, number)
  for (let number = 0; number < 300; number++) add(number % 2 ? bob : `0x${'c'.repeat(64)}`, 1_000 + number)
  expect(remembered(0, 20)).toBe(20)
  const counts = database.all('SELECT count(*) AS n FROM counted GROUP BY owner').map((row) => Number(row['n']))
  expect(Math.max(...counts)).toBeLessThanOrEqual((MOST - 20) / 2 + SLACK)
  expect(Math.min(...counts.filter((count) => count !== 20))).toBeGreaterThanOrEqual((MOST - 20) / 2 - SLACK)
})
