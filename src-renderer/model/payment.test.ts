import { expect, test } from 'vitest'
import { checkAmount, stepAfter, stepOf } from './payment.ts'

const field = { text: '4.5', locale: 'en', balance: 10_000_000_000n, all: false }

test('an amount that the account has can be used', () => {
  expect(checkAmount(field)).toEqual({ nanos: 4_500_000_000n })
  expect(checkAmount({ ...field, balance: undefined })).toEqual({ nanos: 4_500_000_000n })
})

test('what is above the balance, negative or too precise is told at the field', () => {
  expect(checkAmount({ ...field, text: '11' })).toEqual({ problem: 'pay.tooMuch' })
  expect(checkAmount({ ...field, text: '-1' })).toEqual({ problem: 'pay.problem.negative' })
  expect(checkAmount({ ...field, text: '0.1234567891' })).toEqual({ problem: 'pay.problem.too_precise' })
})

test('dust is warned of and not refused', () => {
  expect(checkAmount({ ...field, text: '0.0000001' })).toEqual({ nanos: 100n, warning: 'pay.dust' })
})

test('everything needs no number, but an account with something in it', () => {
  expect(checkAmount({ ...field, text: '', all: true })).toEqual({ nanos: 0n })
  expect(checkAmount({ ...field, text: '', all: true, balance: 0n })).toEqual({ problem: 'pay.tooMuch' })
})

test('only an answer that never came leaves it open whether the payment went out', () => {
  expect(stepAfter('timeout')).toBe('unsure')
  expect(stepAfter('offline')).toBe('unsure')
  expect(stepAfter('ledger_unreachable')).toBe('failed')
  expect(stepAfter('conflict', 'coins_changed')).toBe('failed')
})

test('a payment is sent once the ledger confirmed it, and lost where it took the fee only', () => {
  expect(stepOf({ digest: 'D', state: 'done' })).toBe('done')
  expect(stepOf({ digest: 'D', state: 'pending' })).toBe('pending')
  expect(stepAfter('conflict', 'payment_failed')).toBe('lost')
})
