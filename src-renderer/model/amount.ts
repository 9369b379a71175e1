/** 1 IOTA in NANOS; nine decimals, as on the ledger. */
export const NANOS_PER_IOTA = 1_000_000_000n
const DECIMALS = 9
/** The least network fee of a plain payment (1,000 gas units at 1,000 NANOS): what is below it is not worth sending. */
export const DUST_NANOS = 1_000_000n
/** No ledger has more (LEDGER: 64-bit balances). */
const MOST_NANOS = 2n ** 64n - 1n

export type AmountProblem = 'empty' | 'not_a_number' | 'negative' | 'too_precise' | 'too_large' | 'zero' | 'ambiguous'
export type ParsedAmount = { nanos: bigint; problem?: undefined } | { problem: AmountProblem; nanos?: undefined }

/** The locale's decimal separator: a point or a comma. */
export function decimalSeparator(locale: string): string {
  const part = new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === 'decimal')
  return part?.value ?? '.'
}

/**
 * IOTA as typed, in NANOS, without floats. Takes a point or a comma, but refuses what could be a thousands
 * separator in this locale ("1,000" in English), because guessing wrong costs a factor of a thousand.
 */
export function parseAmount(text: string, locale: string): ParsedAmount {
  const trimmed = text.trim()
  if (trimmed === '') return { problem: 'empty' }
  if (/^[-\u2212\u2013]\s*[\d.,]*\d/.test(trimmed)) return { problem: 'negative' }
  const match = /^(\d*)(?:([.,])(\d*))?$/.exec(trimmed)
  if (!match || !/\d/.test(trimmed)) return { problem: 'not_a_number' }
  const [, whole = '', separator, fraction = ''] = match
  if (separator && separator !== decimalSeparator(locale) && fraction.length === 3) return { problem: 'ambiguous' }
  if (fraction.length > DECIMALS) return { problem: 'too_precise' }
  const nanos = BigInt(whole || '0') * NANOS_PER_IOTA + BigInt(fraction.padEnd(DECIMALS, '0'))
  if (nanos > MOST_NANOS) return { problem: 'too_large' }
  return nanos === 0n ? { problem: 'zero' } : { nanos }
}

/** NANOS as IOTA in the locale's digits, exact, with at least two decimals and no trailing zeros beyond them. */
export function formatAmount(nanos: bigint, locale: string): string {
  return formatUnits(nanos, DECIMALS, locale)
}

/** Any coin's smallest units in its own decimal places, exact, with two decimals where it has any. */
export function formatUnits(units: bigint, decimals: number, locale: string): string {
  const sign = units < 0n ? '−' : ''
  const size = units < 0n ? -units : units
  const whole = new Intl.NumberFormat(locale).format(size / 10n ** BigInt(decimals))
  const digits = (size % 10n ** BigInt(decimals)).toString().padStart(decimals, '0').slice(0, decimals)
  const fraction = digits.replace(/0+$/, '').padEnd(Math.min(2, decimals), '0')
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}${decimalSeparator(locale)}${fraction}`
}

/** NANOS as a person would type them into a field: no thousands separators, no needless zeros. */
export function typedAmount(nanos: bigint, locale: string): string {
  const fraction = (nanos % NANOS_PER_IOTA).toString().padStart(DECIMALS, '0').replace(/0+$/, '')
  const whole = String(nanos / NANOS_PER_IOTA)
  return fraction === '' ? whole : `${whole}${decimalSeparator(locale)}${fraction}`
}

/** The amount with a sign for its direction in a list of payments. */
export function signedAmount(nanos: bigint, direction: 'in' | 'out' | 'self', locale: string): string {
  const sign = { in: '+', out: '−', self: '' }[direction]
  return `${sign}${formatAmount(nanos, locale)}`
}

/** More characters than fit on one line of a card in the largest type. */
const LONG_AMOUNT = 13

/** Whether an amount needs smaller type, so that its digits stay on one line. */
export function isLongAmount(text: string): boolean {
  return text.length > LONG_AMOUNT
}
