import { expect, test } from 'vitest'
import { fromHex, toHex } from '../base/index.ts'
import { decodeLetter, encodeLetter, MAX_MEMO_BYTES } from './index.ts'

const device = '0123456789abcdef'.repeat(4)
const envelope = new Uint8Array(5).fill(9)

test('a letter has known bytes: magic, eight bytes of the device key, the envelope', () => {
  const memo = encodeLetter(device, envelope)
  expect(toHex(memo)).toBe('504c596d310123456789abcdef050909090909')
  expect(decodeLetter(memo, device)).toEqual(envelope)
})

test('a letter for another device of the address is told apart without being opened', () => {
  expect(decodeLetter(encodeLetter('ff'.repeat(32), envelope), device)).toBeUndefined()
})

test('a letter too large for a memo, a cut one and junk are typed errors', () => {
  expect(() => encodeLetter(device, new Uint8Array(MAX_MEMO_BYTES))).toThrow(
    expect.objectContaining({ code: 'too_large' }),
  )
  const memo = encodeLetter(device, envelope)
  for (const bad of [memo.slice(0, -1), fromHex(`${toHex(memo)}00`), memo.with(0, 0), new Uint8Array()])
    expect(() => decodeLetter(bad, device)).toThrow(expect.objectContaining({ code: 'invalid_params' }))
})
