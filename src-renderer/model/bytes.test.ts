import { expect, test } from 'vitest'
import { formatBytes, formatPart } from './bytes.ts'

const plain = (text: string) => text.replace('\u00a0', ' ')

test('bytes are told in the unit in which they read best', () => {
  expect(
    [0, 999, 1_000, 1_250, 999_499, 9_800_000, 123_400_000, 2e9, 5e15].map((n) => plain(formatBytes(n, 'en'))),
  ).toEqual(['0 B', '999 B', '1 kB', '1.3 kB', '999 kB', '9.8 MB', '123 MB', '2 GB', '5,000 TB'])
})

test('what rounds to a thousand of a unit is one of the next', () => {
  expect(plain(formatBytes(999_700, 'en'))).toBe('1 MB')
})

test('digits are those of the language', () => {
  expect(plain(formatBytes(9_800_000, 'de'))).toBe('9,8 MB')
})

test('a part is told in the unit of the whole', () => {
  expect(formatPart(9_800_000, 10_000_000, 'en')).toBe('9.8')
  expect(formatPart(40_000, 10_000_000, 'en')).toBe('0')
  expect(formatPart(400_000, 10_000_000, 'en')).toBe('0.4')
})
