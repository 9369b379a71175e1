import { describe, expect, test } from 'vitest'
import {
  formatAmount,
  formatUnits,
  isLongAmount,
  NANOS_PER_IOTA,
  parseAmount,
  signedAmount,
  typedAmount,
} from './amount.ts'

describe('amounts', () => {
  test('are parsed to NANOS exactly, without floats', () => {
    expect(parseAmount('4.5', 'en')).toEqual({ nanos: 4_500_000_000n })
    expect(parseAmount('0.000000001', 'en')).toEqual({ nanos: 1n })
    expect(parseAmount('.5', 'en')).toEqual({ nanos: 500_000_000n })
    expect(parseAmount('9007199.254740993', 'en')).toEqual({ nanos: 9007199254740993n })
    expect(parseAmount('4,5', 'de')).toEqual({ nanos: 4_500_000_000n })
    expect(parseAmount('4.5', 'de')).toEqual({ nanos: 4_500_000_000n })
  })

  test('that could be misread by a factor of a thousand are refused', () => {
    expect(parseAmount('1,000', 'en')).toEqual({ problem: 'ambiguous' })
    expect(parseAmount('1.000', 'de')).toEqual({ problem: 'ambiguous' })
    expect(parseAmount('1.000', 'en')).toEqual({ nanos: NANOS_PER_IOTA })
    expect(parseAmount('1,000.50', 'en')).toEqual({ problem: 'not_a_number' })
  })

  test.each([
    ['', 'empty'],
    ['.', 'not_a_number'],
    ['-1', 'negative'],
    ['− 4,5', 'negative'],
    ['-', 'not_a_number'],
    ['1e3', 'not_a_number'],
    ['0x10', 'not_a_number'],
    ['0.0', 'zero'],
    ['1.0000000001', 'too_precise'],
    ['99999999999', 'too_large'],
  ])('%j has the problem %s', (text, problem) => expect(parseAmount(text, 'en')).toEqual({ problem }))

  test('are shown with two decimals or as many as they have', () => {
    expect(formatAmount(4_500_000_000n, 'en')).toBe('4.50')
    expect(formatAmount(1n, 'en')).toBe('0.000000001')
    expect(formatAmount(1_234_567n * NANOS_PER_IOTA, 'en')).toBe('1,234,567.00')
    expect(formatAmount(1_234n * NANOS_PER_IOTA, 'de')).toBe('1.234,00')
    expect(formatAmount(-1_000_000n, 'en')).toBe('−0.001')
    expect(signedAmount(NANOS_PER_IOTA, 'in', 'en')).toBe('+1.00')
    expect(signedAmount(NANOS_PER_IOTA, 'out', 'en')).toBe('−1.00')
  })
})

test('coins are shown in their own decimal places, exactly', () => {
  expect(formatUnits(12_050n, 2, 'en')).toBe('120.50')
  expect(formatUnits(7n, 0, 'en')).toBe('7')
  expect(formatUnits(5n, 1, 'en')).toBe('0.5')
  expect(formatUnits(123_456_789_012_345_678_901_234n, 18, 'de')).toBe('123.456,789012345678901234')
})

test('an amount that a link filled in reads back as itself in every language', () => {
  for (const locale of ['en', 'de'])
    for (const nanos of [1n, 1_234_000_000n, 4_500_000_000n, 1_000_000_000_000n, 2n ** 63n])
      expect(parseAmount(typedAmount(nanos, locale), locale)).toEqual({ nanos })
})

test('long amounts take smaller type', () => {
  expect(isLongAmount('1,234.56789')).toBe(false)
  expect(isLongAmount('9,007,199.254740993')).toBe(true)
})
