import { describe, expect, test } from 'vitest'
import type { PaymentAnswerRow, PaymentRequestRow } from '../../store/index.ts'
import { stateOf } from './state.ts'

const [me, them] = ['0xme', '0xthem']
const base = { requestId: 'r', chat: them, messageId: 'm', nanos: 1n, note: '', digest: undefined, createdAt: 1 }
const asked: PaymentRequestRow = { ...base, mine: false, state: 'open' }
const mine: PaymentRequestRow = { ...base, mine: true, state: 'open' }
const answer = (author: string, said: PaymentAnswerRow['answer']): PaymentAnswerRow => ({
  ...{ requestId: 'r', chat: them, author, answer: said, digest: said === 'paid' ? 'd' : undefined, at: 1 },
})
const state = (...input: Parameters<typeof stateOf>) => stateOf(...input).state

describe('what a request is', () => {
  test('does not depend on the order in which things became known', () => {
    const answers = [answer(me, 'declined'), answer(them, 'cancelled')]
    expect(state(asked, answers, undefined, me)).toBe('cancelled')
    expect(state(asked, answers.toReversed(), undefined, me)).toBe('cancelled')
    expect(state({ ...asked, state: 'cancelled' }, answers, { state: 'pending', digest: 'd' }, me)).toBe('paying')
  })

  test('is said by the right side only', () => {
    expect(state(asked, [answer(them, 'declined')], undefined, me)).toBe('open')
    expect(state(asked, [answer(me, 'cancelled')], undefined, me)).toBe('open')
    expect(state(mine, [answer(me, 'declined')], undefined, me)).toBe('open')
    expect(state(mine, [answer(them, 'cancelled')], undefined, me)).toBe('open')
    expect(state(mine, [answer(them, 'declined')], undefined, me)).toBe('declined')
  })

  test('is not paid because somebody says so', () => {
    expect(state(mine, [answer(them, 'paid')], undefined, me)).toBe('open')
    expect(state(asked, [answer(them, 'paid'), answer(me, 'paid')], undefined, me)).toBe('open')
  })

  test('stays paid whatever is said afterwards, and is open again after a payment that failed', () => {
    const paid = { ...mine, state: 'paid' as const, digest: 'd' }
    expect(stateOf(paid, [answer(them, 'declined'), answer(me, 'cancelled')], undefined, me)).toEqual({
      state: 'paid',
      digest: 'd',
    })
    expect(state({ ...asked, state: 'paying' }, [], { state: 'failed', digest: 'd' }, me)).toBe('open')
  })
})
