import { expect, it } from 'vitest'
import type { Clock } from '../../base/index.ts'
import { MAX_DEVICES } from '../constants.ts'
import { type HeldPresence, PresenceTable } from './table.ts'

let now = 1_000_000
const clock: Clock = { now: () => now, after: () => () => {} }
let made = 0

function packet(addressText: string, deviceId: string, ttl = 60_000): HeldPresence {
  const signed = new Uint8Array(100)
  new DataView(signed.buffer).setUint32(90, ++made)
  const checked = { addressText, deviceId }
  return { signed, issuedAt: now, sequence: String(made), expiresAt: now + ttl, goodbye: false, checked }
}

it('a flood of presences finds a full table, which has room again when they expire; who is in it may renew', () => {
  const table = new PresenceTable(clock, () => {}, 100)
  for (let index = 0; index < 100; index++) table.put(packet(`0x${index}`, 'd', index === 0 ? 1_000 : 60_000))
  const refused = expect.objectContaining({ code: 'rate_limited' })
  for (let index = 100; index < 5_000; index++) expect(() => table.put(packet(`0x${index}`, 'd'))).toThrow(refused)
  expect(table.size).toBe(100)
  expect(table.put(packet('0x7', 'd'))).toBe(true)
  now += 1_000
  expect(table.put(packet('0xnew', 'd'))).toBe(true)
  expect(table.packets('0x0')).toEqual([])
})

it('one wallet with many devices takes the room of a few', () => {
  const table = new PresenceTable(clock, () => {})
  for (let index = 0; index < MAX_DEVICES; index++) table.put(packet('0xa', String(index)))
  const one = () => table.put(packet('0xa', 'one more'))
  expect(one).toThrow(expect.objectContaining({ code: 'rate_limited' }))
  expect(table.packets('0xa')).toHaveLength(MAX_DEVICES)
})
