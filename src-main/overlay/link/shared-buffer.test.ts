import { expect, it } from 'vitest'
import { freeBuffer, ownBuffer } from './own-buffer.ts'
import { SharedBuffer } from './shared-buffer.ts'

it('a buffer is used again when all who look at it have let go, not before', () => {
  const first = new SharedBuffer(16 * 1024, 2)
  first.letGo()
  expect(new SharedBuffer(16 * 1024, 2).bytes).not.toBe(first.bytes)
  first.letGo()
  expect(new SharedBuffer(18 * 1024, 2).bytes).toBe(first.bytes)
})

it('has room for what is asked for, of any size', () => {
  for (const size of [1, 20 * 1024, 20 * 1024 + 1, 72 * 1024, 72 * 1024 + 1, 300_000]) {
    const shared = new SharedBuffer(size, 1)
    expect(shared.bytes.length).toBeGreaterThanOrEqual(size)
    shared.letGo()
  }
})

it('keeps 16 MiB at most for those to come, and frees the others at once', () => {
  const many = Array.from({ length: 600 }, () => new SharedBuffer(70_000, 1))
  for (const each of many) each.letGo()
  const kept = many.reduce((sum, { bytes }) => sum + bytes.length, 0)
  expect(kept).toBeGreaterThan(8 * 1024 * 1024)
  expect(kept).toBeLessThanOrEqual(16 * 1024 * 1024)
})

it('frees a large buffer with all its parts, and never memory that others have a part of', () => {
  const large = ownBuffer(5_000)
  const part = large.subarray(10, 20)
  freeBuffer(part)
  expect(large.length).toBe(5_000)
  freeBuffer(large)
  expect([large.length, part.length]).toEqual([0, 0])
  const small = ownBuffer(100)
  freeBuffer(small)
  expect(small.length).toBe(100)
})
