import { describe, expect, test } from 'vitest'
import { decodeMessage, encodeMessage, MAX_MESSAGE_BYTES, ParleyError } from './index.ts'

const there = (value: unknown) => decodeMessage(encodeMessage(value))

describe('what JSON would spoil comes back as it was', () => {
  test.each([
    ['undefined', undefined],
    ['undefined in an object', { a: undefined, b: null }],
    ['bigint', [0n, -1n, 2n ** 128n]],
    ['bytes', new Uint8Array([0, 1, 255])],
    ['no bytes', new Uint8Array()],
    ['dates', new Date(1_700_000_000_000)],
    ['odd numbers', [-0, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 53]],
    ['maps and sets', [new Map([['a', 1n]]), new Set([1])]],
    ['text beyond the first plane', 'a\u0000😀"\\\u2028</script>'],
  ])('%s', (_name, value) => expect(there(value)).toEqual(value))

  test('bytes that are a view give the view, not what lies around it', () => {
    const around = new Uint8Array(1024).fill(7)
    const back = there({ bytes: around.subarray(3, 5) }) as { bytes: Uint8Array }
    expect(back.bytes).toEqual(new Uint8Array([7, 7]))
    expect(encodeMessage(around.subarray(3, 5)).length).toBeLessThan(100)
    expect(there(Buffer.from('hi'))).toEqual(new Uint8Array([104, 105]))
  })

  test('the same object twice and a circle stay what they are', () => {
    const circle: Record<string, unknown> = { name: 'a' }
    circle['self'] = circle
    const back = there(circle) as { self: unknown }
    expect(back.self).toBe(back)
  })
})

describe('errors', () => {
  test('keep code, sentence, retryAfter and reason', () => {
    const back = there(new ParleyError('rate_limited', 'Slower.', { retryAfter: 5 }))
    expect(back).toBeInstanceOf(ParleyError)
    expect(back).toMatchObject({ code: 'rate_limited', message: 'Slower.', retryAfter: 5 })
    const mistyped = new ParleyError('bad_address', 'Mistyped.', { reason: 'address_checksum' })
    expect(there(mistyped)).toMatchObject({ code: 'bad_address', reason: 'address_checksum' })
    expect(there(new ParleyError('offline', 'Away.'))).toMatchObject({ reason: undefined })
  })

  test('that are bugs carry nothing of the inside', () => {
    const text = new TextDecoder().decode(encodeMessage(new TypeError('secret 12345')))
    expect(text).not.toContain('12345')
    expect(there(new TypeError('x'))).toMatchObject({ code: 'internal' })
  })

  test('with an unknown code become internal', () => {
    const forged = new TextEncoder().encode('[["ParleyError",1],[2,3,4],"rm -rf","text",null]')
    expect(decodeMessage(forged)).toMatchObject({ code: 'internal', message: 'text' })
  })
})

describe('hostile bytes are refused with a code', () => {
  const text = (value: string) => new TextEncoder().encode(value)
  test.each([
    ['nothing', new Uint8Array()],
    ['not UTF-8', new Uint8Array([0xc3, 0x28])],
    ['cut off', encodeMessage({ a: [1, 2, 3] }).subarray(0, 8)],
    ['an index beyond the end', text('[{"a":9}]')],
    ['a type that is not known', text('[["Function",1],"alert(1)"]')],
    ['a prototype key', text('[{"__proto__":1},{"polluted":2},true]')],
    ['a deep nest', text('['.repeat(200_000))],
    ['a bigint that is none', text('[["BigInt","x"]]')],
    ['bytes that are none', text('[["Uint8Array",1],"%%%"]')],
  ])('%s', (_name, bytes) => {
    expect(() => decodeMessage(bytes)).toThrow(ParleyError)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('random bytes never do anything but a ParleyError', () => {
    for (let count = 0; count < 2000; count++) {
      const bytes = Uint8Array.from({ length: count % 64 }, () => Math.floor(Math.random() * 256))
      try {
        decodeMessage(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(ParleyError)
      }
    }
  })

  test('messages beyond the limit, both ways', () => {
    expect(() => encodeMessage('x'.repeat(MAX_MESSAGE_BYTES))).toThrow(/too large/)
    expect(() => decodeMessage(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow(/too large/)
  })

  test('what cannot be sent is refused: functions', () => {
    expect(() => encodeMessage({ run: () => 1 })).toThrow()
  })
})
