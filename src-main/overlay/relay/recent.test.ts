import { expect, it } from 'vitest'
import { systemRandom } from '../../base/index.ts'
import { NAME_BYTES } from './envelope-head.ts'
import { RecentEnvelopes } from './recent.ts'

const device = 'aa'.repeat(32)

it('remembers envelopes by device and name, wherever the name stands', () => {
  const recent = new RecentEnvelopes(100, 7)
  const id = systemRandom.bytes(NAME_BYTES)
  recent.add(device, Buffer.concat([Buffer.alloc(3), id]), 3)
  expect(recent.has(device, id, 0)).toBe(true)
  expect(recent.has('bb'.repeat(32), id, 0)).toBe(false)
  for (let at = 0; at < NAME_BYTES; at++) {
    const other = Buffer.from(id)
    other[at] = (other[at] ?? 0) ^ 1
    expect(recent.has(device, other, 0)).toBe(false)
  }
})

it('keeps at least half of what it may, and never more', () => {
  const recent = new RecentEnvelopes(1_000, 7)
  const ids = Array.from({ length: 5_000 }, () => systemRandom.bytes(NAME_BYTES))
  for (const [index, id] of ids.entries()) {
    recent.add(device, id, 0)
    expect(recent.size).toBeLessThanOrEqual(1_000)
    if (index < 499) continue
    expect(recent.has(device, ids[index - 499] as Uint8Array, 0)).toBe(true)
  }
  expect(recent.has(device, ids[3_000] as Uint8Array, 0)).toBe(false)
})

it('counts up ids as well: what is alike in most bytes is still found', () => {
  const recent = new RecentEnvelopes(20_000, 123)
  const id = Buffer.alloc(NAME_BYTES)
  const write = (index: number) => (id.writeUInt32LE(index, 12), id)
  for (let index = 0; index < 10_000; index++) recent.add(device, write(index), 0)
  let missing = 0
  for (let index = 0; index < 10_000; index++) if (!recent.has(device, write(index), 0)) missing++
  expect(missing).toBe(0)
})
