import { parse, stringify } from 'devalue'
import { isErrorCode, ParleyError, toParleyError } from './errors.ts'

// The two text classes exist in Node and in every browser, but in neither type library that this folder may see.
declare const TextEncoder: { new (): { encode(text: string): Uint8Array<ArrayBuffer> } }
declare const TextDecoder: { new (label: string, options: { fatal: boolean }): { decode(bytes: Uint8Array): string } }

/** One message of the window's channel: 16 MiB of a room's data in base64, and what stands around it. */
export const MAX_MESSAGE_BYTES = 24 * 1024 * 1024

const reducers = {
  /** A view is sent as a copy of what it shows: the library would send the whole buffer behind it, whatever lies there. */
  Bytes: (value: unknown) => {
    const isView = value instanceof Uint8Array && value.byteLength !== value.buffer.byteLength
    return isView && new Uint8Array(value)
  },
  ParleyError: (value: unknown) => {
    if (!(value instanceof Error)) return false
    const error = toParleyError(value)
    return [error.code, error.message, error.retryAfter ?? null, error.reason ?? null]
  },
}
const revivers = {
  Bytes: (value: unknown) => value,
  ParleyError: (value: unknown) => {
    const [code, message, retryAfter, reason] = Array.isArray(value) ? value : []
    return new ParleyError(isErrorCode(code) ? code : 'internal', String(message), {
      ...(typeof retryAfter === 'number' && { retryAfter }),
      ...(typeof reason === 'string' && { reason }),
    })
  },
}

/** Bytes of a value that JSON would spoil: undefined, bigint, Uint8Array, Date and errors come out as they went in. */
export function encodeMessage(value: unknown): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(stringify(value, reducers))
  if (bytes.length > MAX_MESSAGE_BYTES) throw new ParleyError('too_large', 'This message is too large for the window.')
  return bytes
}

/** The value back. Throws `invalid_params` for anything that `encodeMessage` did not write. */
export function decodeMessage(bytes: Uint8Array): unknown {
  if (bytes.length > MAX_MESSAGE_BYTES) throw new ParleyError('too_large', 'This message is too large.')
  try {
    return parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes), revivers)
  } catch (cause) {
    throw new ParleyError('invalid_params', 'This message cannot be read.', { cause })
  }
}
