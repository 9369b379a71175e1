import type { BcsType } from '@iota/bcs'
import { ParleyError } from '../contract/index.ts'
import { equal } from '../base/index.ts'

/**
 * Parses bytes from outside: any fault, and any byte too many or not canonical, is `invalid_params`;
 * an unknown enum variant is `unsupported_version`.
 */
export function decodeStrict<T, I>(type: BcsType<T, I>, bytes: Uint8Array, name: string, maxBytes: number): T {
  if (bytes.length > maxBytes) throw new ParleyError('too_large', `${name} is larger than ${maxBytes} bytes.`)
  let value: T
  try {
    value = type.parse(bytes)
  } catch (cause) {
    const unknown = cause instanceof Error && /Unknown value|enum/i.test(cause.message)
    throw unknown
      ? new ParleyError('unsupported_version', `${name} is of a version that this program does not know.`, { cause })
      : new ParleyError('invalid_params', `${name} cannot be read.`, { cause })
  }
  // What a codec gives it also takes, though its two types do not say so.
  if (!equal(type.serialize(value as unknown as I, { maxSize: maxBytes }).toBytes(), bytes))
    throw new ParleyError('invalid_params', `${name} is not in canonical form.`)
  return value
}

/** Encodes a value; larger than `maxBytes` is `too_large`. */
export function encode<T, I>(type: BcsType<T, I>, value: I, maxBytes: number): Uint8Array<ArrayBuffer> {
  try {
    const options = { maxSize: maxBytes, initialSize: Math.min(1024, maxBytes) }
    return new Uint8Array(type.serialize(value, options).toBytes())
  } catch (cause) {
    if (cause instanceof Error && /max size/i.test(cause.message))
      throw new ParleyError('too_large', 'This is too large to send.', { cause })
    throw cause
  }
}
