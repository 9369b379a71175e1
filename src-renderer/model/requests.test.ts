import { expect, test } from 'vitest'
import type { PaymentRequest } from '../../src-main/contract/index.ts'
import { en } from '../locales/en.ts'
import { requestCard } from './requests.ts'

const states = ['open', 'paying', 'paid', 'declined', 'cancelled'] as const
const request = (state: PaymentRequest['state']): PaymentRequest => ({ requestId: '0'.repeat(32), nanos: 1n, state })

test('only an open request can be paid, declined or taken back, each by the one it is for', () => {
  expect(requestCard(false, request('open')).actions).toEqual(['pay', 'decline'])
  expect(requestCard(true, request('open')).actions).toEqual(['cancel'])
  for (const state of states.slice(1))
    for (const outgoing of [true, false]) expect(requestCard(outgoing, request(state)).actions).toEqual([])
})

test('every state has words for both sides', () => {
  for (const state of states) {
    expect(requestCard(true, request(state)).state).toBe(`card.mine.${state}`)
    expect(en.card.mine[state]).not.toBe('')
    expect(en.card.theirs[state]).not.toBe('')
  }
})
