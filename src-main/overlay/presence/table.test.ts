import { expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { MAX_DEVICES } from '../constants.ts'
import { type HeldPresence, PresenceTable } from './table.ts'

let now = 1_000_000
const clock: Clock = { now: () => now, steady: () => now, after: () => () => {} }
let made = 0

function packet(addressText: string, deviceId: string, ttl = 60_000): HeldPresence {
  const signed = new Uint8Array(100)
  new DataView(signed.buffer).setUint32(90, ++made)
  const checked = { addressText, deviceId }
  return { signed, issuedAt: now, sequence: String(made), expiresAt: now + ttl, goodbye: false, checked }
}

it('a flood of presences from one network drives out itself; who renews stays, and who is new is let in', () => {
  const table = new PresenceTable(clock, () => {}, 1_000)
  const honest = Array.from({ length: 500 }, (_, index) => `0xhonest${index}`)
  const renew = () => honest.forEach((address, index) => table.put(packet(address, 'd'), `network ${index}`))
  renew()
  for (let index = 0; index < 20_000; index++) {
    table.put(packet(`0x${index}`, 'd'), 'flood')
    if (index % 1_000 === 999) renew()
  }
  expect(table.size).toBe(1_000)
  expect(honest.every((address) => table.living(address).length === 1)).toBe(true)
  table.put(packet('0xnew', 'd'), 'elsewhere')
  expect(table.living('0xnew')).toHaveLength(1)
  expect(table.living('0x19999')).toHaveLength(1)
})

it('a flood from many networks drives out those who renew no more, and never those who do', () => {
  const table = new PresenceTable(clock, () => {}, 1_000)
  const honest = Array.from({ length: 300 }, (_, index) => `0xhonest${index}`)
  for (let index = 0; index < 20_000; index++) {
    if (index % 500 === 0) honest.forEach((address) => table.put(packet(address, 'd'), 'one town'))
    table.put(packet(`0x${index}`, 'd'), `network ${index}`)
  }
  expect(table.size).toBe(1_000)
  expect(honest.every((address) => table.living(address).length === 1)).toBe(true)
})

it('what a node makes up drives out its own; a device that links itself counts for its network, whoever told of it', () => {
  const table = new PresenceTable(clock, () => {}, 1_000)
  const told: string[] = []
  const honest = Array.from({ length: 200 }, (_, index) => `0xhonest${index}`)
  for (const address of honest) {
    table.put(packet(address, 'd'), 'node', true)
    table.put(packet(address, 'd'), 'one town')
    table.put(packet(address, 'd'), 'node', true)
    told.push(address)
  }
  for (let index = 0; index < 5_000; index++) table.put(packet(`0x${index}`, 'd'), 'node', true)
  expect(told.every((address) => table.living(address).length === 1)).toBe(true)
  expect(table.size).toBe(1_000)
})

it('who is new in a full table takes the place of one of a crowd, not of whoever is there for longest', () => {
  const table = new PresenceTable(clock, () => {}, 100)
  for (let index = 0; index < 10; index++) table.put(packet(`0xold${index}`, 'd'), `network ${index}`)
  for (let index = 0; index < 60; index++) table.put(packet(`0xcrowd${index}`, 'd'), 'crowd')
  for (let index = 10; index < 40; index++) table.put(packet(`0xold${index}`, 'd'), `network ${index}`)
  for (let index = 0; index < 20; index++) table.put(packet(`0xnew${index}`, 'd'), `elsewhere ${index}`)
  const living = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => table.living(`0x${name}${index}`).length)
  expect(living('old', 40)).toEqual(new Array(40).fill(1))
  expect(living('new', 20)).toEqual(new Array(20).fill(1))
  expect(living('crowd', 60)).toEqual([...new Array(20).fill(0), ...new Array(40).fill(1)])
})

it('one wallet with many devices takes the room of a few', () => {
  const table = new PresenceTable(clock, () => {})
  for (let index = 0; index < MAX_DEVICES; index++) table.put(packet('0xa', String(index)))
  const one = () => table.put(packet('0xa', 'one more'))
  expect(one).toThrow(expect.objectContaining({ code: 'rate_limited' }))
  expect(table.packets('0xa')).toHaveLength(MAX_DEVICES)
  now += 60_000
  expect(one()).toBe(true)
  expect(table.packets('0xa')).toHaveLength(1)
})

it('what was taken by a clock that was ahead is over once the clock is set, and stands in nobody’s way', () => {
  const changed: string[] = []
  const table = new PresenceTable(clock, (address) => changed.push(address))
  now += 3_600_000
  for (const address of ['0xa', '0xb']) table.put(packet(address, 'd'))
  now -= 3_600_000
  expect(table.living('0xa')).toEqual([])
  const right = packet('0xa', 'd')
  expect(table.put(right)).toBe(true)
  expect(table.living('0xa')).toEqual([right])
  changed.length = 0
  table.sweep()
  expect([changed, table.size]).toEqual([['0xb'], 1])
})
