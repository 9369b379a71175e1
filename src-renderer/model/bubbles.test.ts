import { expect, test } from 'vitest'
import type { Message } from '../../src-main/contract/index.ts'
import { bubbleShape, estimateHeight } from './bubbles.ts'

const noon = new Date(2026, 10, 20, 12).getTime()
const message = (author: string, minutes: number): Message => ({
  id: '0'.repeat(32),
  chat: 'b',
  author,
  outgoing: author === 'a',
  text: 'Hello',
  sentAt: noon + minutes * 60_000,
  state: 'read',
})

test('messages of one author within five minutes stand together', () => {
  expect(bubbleShape(message('a', 0), message('a', 2), message('a', 9))).toEqual({
    newDay: false,
    first: false,
    last: true,
  })
  expect(bubbleShape(message('a', 0), message('b', 1), message('b', 2))).toEqual({
    newDay: false,
    first: true,
    last: false,
  })
})

test('the first message and the first of a day carry the day', () => {
  expect(bubbleShape(undefined, message('a', 0), undefined)).toEqual({ newDay: true, first: true, last: true })
  expect(bubbleShape(message('a', -13 * 60), message('a', 0), undefined).newDay).toBe(true)
})

test('a long text is guessed taller than a short one, and a new day taller still', () => {
  const short = estimateHeight(message('a', 0), message('a', 1))
  expect(estimateHeight(message('a', 0), { ...message('a', 1), text: 'x'.repeat(500) })).toBeGreaterThan(short * 3)
  expect(estimateHeight(undefined, message('a', 1))).toBeGreaterThan(short)
})
