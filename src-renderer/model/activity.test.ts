import { expect, test } from 'vitest'
import type { Transaction } from '../../src-main/contract/index.ts'
import { activityKey, filterOf, isFiltered, NO_FILTER, passes, withTransaction } from './activity.ts'

const noon = new Date(2026, 10, 20, 12).getTime()
const payment = (digest: string, changes: Partial<Transaction> = {}): Transaction => ({
  digest,
  account: 0,
  kind: 'payment',
  direction: 'out',
  counterparty: `0x${'b'.repeat(64)}`,
  nanos: 1n,
  at: noon,
  state: 'done',
  ...changes,
})

test('an empty filter is none, and both days of a range are whole', () => {
  const whole = { ...NO_FILTER, kinds: 'all' } as const
  expect(filterOf(whole)).toBeUndefined()
  expect(filterOf({ ...whole, text: '  ' })).toBeUndefined()
  expect(filterOf({ ...whole, from: '2026-11-20', to: '2026-11-20' })).toEqual({
    from: new Date(2026, 10, 20).getTime(),
    to: new Date(2026, 10, 21).getTime() - 1,
  })
  expect(filterOf({ ...whole, from: '20.11.2026' })).toBeUndefined()
})

test("strangers' records of connections stand in the list only when they are asked for", () => {
  const records = payment('a', { kind: 'signalling' })
  const shown = (kinds: '' | 'records' | 'all') =>
    [
      payment('b'),
      payment('c', { kind: 'faucet' }),
      payment('d', { kind: 'merge' }),
      payment('e', { kind: 'other' }),
      records,
    ]
      .filter((one) => passes(one, filterOf({ ...NO_FILTER, kinds }) ?? {}, ''))
      .map(({ digest }) => digest)
      .join('')
  expect([shown(''), shown('records'), shown('all')]).toEqual(['bcde', 'a', 'bcdea'])
  expect(isFiltered(NO_FILTER)).toBe(false)
  expect(isFiltered({ ...NO_FILTER, text: ' ' })).toBe(false)
  for (const change of [{ kinds: 'records' }, { kinds: 'all' }, { state: 'done' }, { text: 'x' }] as const)
    expect(isFiltered({ ...NO_FILTER, ...change })).toBe(true)
})

test('every entry of a filter must hold', () => {
  expect(passes(payment('a'), { direction: 'out', state: 'done' }, 'Bob')).toBe(true)
  expect(passes(payment('a'), { direction: 'in' }, 'Bob')).toBe(false)
  expect(passes(payment('a'), { state: 'failed' }, 'Bob')).toBe(false)
  expect(passes(payment('a'), { from: noon + 1 }, 'Bob')).toBe(false)
  expect(passes(payment('a'), { to: noon - 1 }, 'Bob')).toBe(false)
})

test('text is looked for in name, address, note and digest', () => {
  const known = payment('Digest7', { note: 'Lunch' })
  for (const text of ['bob', 'bbbb', 'lunch', 'digest7']) expect(passes(known, { text }, 'Bob'), text).toBe(true)
  expect(passes(known, { text: 'carla' }, 'Bob')).toBe(false)
})

test('a payment takes its place by time, changes in place and leaves when it passes no more', () => {
  const list = [payment('c', { at: noon }), payment('a', { at: noon - 10 })]
  const digests = (all: readonly Transaction[]) => all.map(({ digest }) => digest).join('')
  expect(digests(withTransaction(list, payment('b', { at: noon - 5 }), true))).toBe('cba')
  expect(digests(withTransaction(list, payment('0', { at: noon - 50 }), true))).toBe('ca0')
  expect(withTransaction(list, payment('a', { at: noon - 10, state: 'failed' }), true)[1]?.state).toBe('failed')
  expect(digests(withTransaction(list, payment('a', { state: 'failed' }), false))).toBe('c')
  expect(digests(withTransaction(list, payment('x'), false))).toBe('ca')
})

test('every kind of activity has a name of its own', () => {
  expect(activityKey(payment('a'))).toBe('wallet.to')
  expect(activityKey(payment('a', { direction: 'in' }))).toBe('wallet.from')
  expect(activityKey(payment('a', { direction: 'self' }))).toBe('wallet.self')
  expect(activityKey(payment('a', { kind: 'faucet', direction: 'in' }))).toBe('wallet.kind.faucet')
  expect(activityKey(payment('a', { kind: 'merge', direction: 'self' }))).toBe('wallet.kind.merge')
  expect(activityKey(payment('a', { kind: 'credit' }))).toBe('wallet.kind.credit')
  expect(activityKey(payment('a', { kind: 'credit', direction: 'in' }))).toBe('wallet.creditBack')
  expect(activityKey(payment('a', { kind: 'credit', direction: 'in', nanos: 0n }))).toBe('wallet.creditEnded')
  expect(activityKey(payment('a', { kind: 'signalling' }))).toBe('wallet.kind.signalling')
  expect(activityKey(payment('a', { kind: 'signalling', direction: 'in' }))).toBe('wallet.recordFrom')
  expect(activityKey({ ...payment('a'), counterparty: undefined })).toBe('wallet.out')
})
