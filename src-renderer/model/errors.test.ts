import { expect, test } from 'vitest'
import { ParleyError } from '../../src-main/contract/index.ts'
import { parseAddress } from '../../src-main/wire/index.ts'
import { addressProblemKey, errorKey, problemKey, reasonKey, retryKey } from './errors.ts'

const problemOf = (input: string) => {
  try {
    parseAddress(input)
  } catch (thrown) {
    return addressProblemKey(thrown)
  }
  return undefined
}

test('every sentence that refuses an address has words of its own', () => {
  expect(problemOf('bob')).toBe('addressProblem.prefix')
  expect(problemOf('0x12')).toBe('addressProblem.length')
  expect(problemOf(`0x${'g'.repeat(64)}`)).toBe('addressProblem.letters')
  expect(problemOf(`0x${'aA'.repeat(32)}`)).toBe('addressProblem.checksum')
})

test('an unknown code reads as an internal error', () => {
  expect(errorKey('no_such_code')).toBe('errors.internal')
  expect(addressProblemKey(new ParleyError('offline', ''))).toBe('errors.offline')
})

test('a reason with words of its own is told by them', () => {
  const replaced = new ParleyError('conflict', '', { reason: 'other_ledger' })
  expect(problemKey(replaced)).toBe('reasons.wrongLedger')
  expect(reasonKey('other_ledger')).toBe('reasons.wrongLedger')
  expect(problemKey(new ParleyError('conflict', '', { reason: 'same_ledger' }))).toBe('reasons.sameLedger')
  const foreign = new ParleyError('conflict', '', { reason: 'wrong_network' })
  expect(addressProblemKey(foreign)).toBe('reasons.wrongNetwork')
  expect(addressProblemKey(new ParleyError('invalid_params', '', { reason: 'link_amount' }))).toBe('reasons.linkAmount')
  expect(problemKey(new ParleyError('conflict', ''))).toBe('errors.conflict')
})

test('what stands against a credit is told, and not that a window is open elsewhere', () => {
  const told = (reason: string) => problemKey(new ParleyError('conflict', '', { reason }))
  expect(['other_prices', 'other_record', 'other_contract', 'other_channel'].map(told)).toEqual(
    Array(4).fill('reasons.nodeDiffers'),
  )
  expect(told('higher_prices')).toBe('reasons.nodeDearer')
  expect(told('higher_fee')).toBe('reasons.endDearer')
  expect(told('long_hold')).toBe('reasons.longHold')
  expect(told('credit_closing')).toBe('reasons.creditClosing')
  expect(problemKey(new ParleyError('payment_required', '', { reason: 'credit_owes' }))).toBe('reasons.creditOwes')
})

test('a node that asks for NANOS is told apart from a fee that the user has not agreed to', () => {
  expect(problemKey(new ParleyError('payment_required', '', { reason: 'nanos:123' }))).toBe('reasons.nodeAsks')
  expect(problemKey(new ParleyError('payment_required', ''))).toBe('errors.payment_required')
})

test('beside a button to try again, a sentence does not say it as well', () => {
  expect(retryKey(new ParleyError('internal', ''))).toBe('reasons.wentWrong')
  expect(retryKey(new Error('something'))).toBe('reasons.wentWrong')
  expect(retryKey(new ParleyError('timeout', ''))).toBe('reasons.noAnswer')
  expect(retryKey(new ParleyError('offline', ''))).toBe('errors.offline')
  expect(retryKey(new ParleyError('conflict', '', { reason: 'other_ledger' }))).toBe('reasons.wrongLedger')
})
