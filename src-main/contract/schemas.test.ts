import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { nameSchema, nanosSchema, oneLine, textSchema } from './index.ts'

const ok = (schema: v.GenericSchema, input: unknown) => v.safeParse(schema, input).success

describe('what people type', () => {
  test('a name loses what could dress it up as another, and keeps every script and emoji', () => {
    expect(v.parse(nameSchema, '  Al\u202eice\u0000 \n B. ')).toBe('Al ice B.')
    for (const name of ['Grüße', '山田', 'علي', '👩‍👩‍👧 family', "O'Brien"])
      expect(v.parse(nameSchema, name)).toBe(name.normalize('NFC'))
    expect(oneLine('x'.repeat(99), 64)).toHaveLength(64)
    for (const bad of ['', '   ', '\u202e\u0000', 'x'.repeat(65)]) expect(ok(nameSchema, bad)).toBe(false)
  })

  test('a name of characters that nobody sees is none; beside others they stay', () => {
    const unseen = [0xad, 0x34f, 0x115f, 0x1160, 0x17b4, 0x180e, 0x200b, 0x200d, 0x2060, 0x2800, 0x3000, 0x3164]
    for (const code of [...unseen, 0xfe0f, 0xffa0, 0xe0001, 0xe0100]) {
      const char = String.fromCodePoint(code)
      expect([code, ok(nameSchema, char), ok(nameSchema, ` ${char}${char} `)]).toEqual([code, false, false])
      expect(oneLine(char.repeat(9), 64)).toBe('')
      expect(v.parse(nameSchema, `A${char}`)).toMatch(/^A/)
    }
    for (const name of ['.', '❤️', '\u0e01', '𠀀', '👩‍👩‍👧']) expect(v.parse(nameSchema, name)).toBe(name)
  })

  test('a text needs something to read and whole characters, and keeps its lines', () => {
    expect(v.parse(textSchema, 'one\n two \t')).toBe('one\n two \t')
    for (const bad of ['', '  ', '\n\n', 'half \ud800 a character']) expect(ok(textSchema, bad)).toBe(false)
  })

  test('an amount is a whole number of NANOS, whatever way it is wrong', () => {
    expect(v.parse(nanosSchema, '1500000000')).toBe(1_500_000_000n)
    expect(v.parse(nanosSchema, '18446744073709551615')).toBe(2n ** 64n - 1n)
    for (const most of ['18446744073709551616', 2n ** 64n, '99999999999999999999'])
      expect(v.safeParse(nanosSchema, most).success).toBe(false)
    for (const bad of ['-1', '1.5', '1e9', '', ' 5', '01', 5, null, -1n]) {
      const result = v.safeParse(nanosSchema, bad)
      expect(result.issues?.[0]?.message).toContain('whole number of NANOS')
    }
  })
})
