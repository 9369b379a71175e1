/** 1 IOTA in NANOS; nine decimals, as on the ledger. */
export const NANOS_PER_IOTA = 1_000_000_000n
const DECIMALS = 9
/** No ledger has more (LEDGER: 64-bit balances). */
const MOST_NANOS = 2n ** 64n - 1n

export type AmountProblem = 'empty' | 'not_a_number' | 'too_precise' | 'too_large' | 'zero' | 'ambiguous'
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
  const sign = nanos < 0n ? '−' : ''
  const size = nanos < 0n ? -nanos : nanos
  const whole = new Intl.NumberFormat(locale).format(size / NANOS_PER_IOTA)
  const fraction = (size % NANOS_PER_IOTA).toString().padStart(DECIMALS, '0').replace(/0+$/, '').padEnd(2, '0')
  return `${sign}${whole}${decimalSeparator(locale)}${fraction}`
}

/** The amount with a sign for its direction in a list of payments. */
export function signedAmount(nanos: bigint, direction: 'in' | 'out' | 'self', locale: string): string {
  const sign = { in: '+', out: '−', self: '' }[direction]
  return `${sign}${formatAmount(nanos, locale)}`
}
