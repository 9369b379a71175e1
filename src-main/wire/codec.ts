import type { BcsType } from '@iota/bcs'
import { ParleyError } from '../contract/index.ts'
import { equal } from '../base/index.ts'

/**
 * Parses bytes from outside: any fault, and any byte too many or not canonical, is `invalid_params`;
 * an unknown enum variant is `unsupported_version`.
 */
export function decodeStrict<T>(type: BcsType<T, never> | BcsType<T, T>, bytes: Uint8Array, name: string, maxBytes: number): T {
  if (bytes.length > maxBytes) throw new ParleyError('too_large', `${name} is larger than ${maxBytes} bytes.`)
  const codec = type as BcsType<T, T>
  let value: T
  try {
    value = codec.parse(bytes)
  } catch (cause) {
    const unknown = cause instanceof Error && /Unknown value|enum/i.test(cause.message)
    throw unknown
      ? new ParleyError('unsupported_version', `${name} is of a version that this program does not know.`, { cause })
      : new ParleyError('invalid_params', `${name} cannot be read.`, { cause })
  }
  if (!equal(codec.serialize(value, { maxSize: maxBytes }).toBytes(), bytes))
    throw new ParleyError('invalid_params', `${name} is not in canonical form.`)
  return value
}

/** Encodes a value; larger than `maxBytes` is `too_large`. */
export function encode<I>(type: BcsType<unknown, I> | { serialize(value: I, options?: { maxSize?: number }): { toBytes(): Uint8Array } }, value: I, maxBytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array((type as { serialize(value: I, options?: { maxSize?: number; initialSize?: number }): { toBytes(): Uint8Array } }).serialize(value, { maxSize: maxBytes, initialSize: Math.min(1024, maxBytes) }).toBytes())
  } catch (cause) {
    if (cause instanceof Error && /max size/i.test(cause.message)) throw new ParleyError('too_large', 'This is too large to send.', { cause })
    throw cause
  }
}
