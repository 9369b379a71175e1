import { expect, it } from 'vitest'
import { Backlog, NEGLIGIBLE_BYTES, type Reader } from './backlog.ts'

const KIB = 1024
const MOST = 1024 * KIB

class TestReader implements Reader {
  readonly network: string
  unread = 0
  closed = false
  constructor(network: string) {
    this.network = network
  }
  close(): void {
    this.closed = true
  }
}

function write(backlog: Backlog, reader: TestReader, bytes: number): void {
  if (reader.closed) return
  reader.unread += bytes
  backlog.grew(reader, bytes)
}

const sum = (readers: TestReader[]) => readers.reduce((bytes, { closed, unread }) => bytes + (closed ? 0 : unread), 0)

it('many links that read nothing never have more together than the bound', () => {
  let cut = 0
  const backlog = new Backlog(MOST, () => cut++)
  const readers = Array.from({ length: 400 }, () => new TestReader('192.0.2.0/24'))
  for (let round = 0; round < 10; round++)
    for (const reader of readers) {
      write(backlog, reader, 20 * KIB)
      expect(sum(readers)).toBeLessThanOrEqual(MOST)
    }
  expect(cut).toBe(readers.filter(({ closed }) => closed).length)
  expect(cut).toBeGreaterThan(300)
})

it('the network with the most goes first, its heaviest link first: one slow reader elsewhere stays', () => {
  const backlog = new Backlog(MOST)
  const slow = new TestReader('198.51.100.0/24')
  write(backlog, slow, 200 * KIB)
  const crowd = Array.from({ length: 50 }, () => new TestReader('192.0.2.0/24'))
  const [heavy] = crowd
  if (!heavy) throw new Error('nobody')
  write(backlog, heavy, 150 * KIB)
  for (let round = 0; round < 5; round++) for (const reader of crowd) write(backlog, reader, 20 * KIB)
  expect(slow.closed).toBe(false)
  expect(heavy.closed).toBe(true)
  expect(crowd.some(({ closed }) => !closed)).toBe(true)
})

it('who reads is never cut off, however much it is sent, and who is gone is forgotten', () => {
  const backlog = new Backlog(MOST)
  const quick = Array.from({ length: 100 }, (_, index) => new TestReader(`192.0.${index}.0/24`))
  for (let round = 0; round < 100; round++)
    for (const reader of quick) {
      write(backlog, reader, 100 * KIB)
      reader.unread = NEGLIGIBLE_BYTES
    }
  expect(quick.some(({ closed }) => closed)).toBe(false)
  expect(backlog.size).toBeLessThan(20)
})
