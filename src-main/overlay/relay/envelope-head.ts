import { toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { sha256 } from '../../crypto/index.ts'
import { MAX_ENVELOPE_BYTES, MAX_REQUEST_BYTES, MAX_SIGNAL_BYTES } from '../../wire/index.ts'
import type { Urgency } from '../types.ts'

const VERSION_1 = 0
/** Where the id stands in an envelope. */
export const ENVELOPE_ID_AT = 1
const ID_END = 17
const FROM_BYTES = 32
const FROM_END = ID_END + FROM_BYTES
/**
 * Envelopes are told apart by the id, which its sender chooses, and by the sender, whose key a node has checked: so nobody stands
 * in another's way. Half of the key is more than anybody makes a second one for.
 */
export const NAME_BYTES = 16 + FROM_BYTES / 2
const NAME_END = ENVELOPE_ID_AT + NAME_BYTES
/** Version, id, sender, time and the shortest body. */
const SHORTEST = FROM_END + 8 + 2

export interface EnvelopeHead {
  /** 32 hex digits. */
  id: string
  /** Device id of the sender. */
  from: string
}

/**
 * Id and sender of an envelope without reading its body, which is the recipient's to check: the fields stand at fixed
 * places (wire/envelope.ts). Throws `invalid_params`, `unsupported_version` or `too_large`.
 */
export function envelopeHead(bytes: Uint8Array): EnvelopeHead {
  if (bytes.length > MAX_ENVELOPE_BYTES) throw new ParleyError('too_large', 'This is too large to send.')
  if (bytes.length < SHORTEST) throw new ParleyError('invalid_params', 'The envelope cannot be read.')
  if (bytes[0] !== VERSION_1)
    throw new ParleyError('unsupported_version', 'The envelope is of a version that this program does not know.')
  return { id: toHex(bytes.subarray(ENVELOPE_ID_AT, ID_END)), from: toHex(bytes.subarray(ID_END, FROM_END)) }
}

/** Whether an envelope stands from `start` to `end`, and is one of this device (its 32 bytes). */
export function isOwnEnvelope(bytes: Buffer, start: number, end: number, device: Uint8Array): boolean {
  if (end - start < SHORTEST || bytes[start] !== VERSION_1) return false
  for (let index = 0; index < FROM_BYTES; index++) if (bytes[start + ID_END + index] !== device[index]) return false
  return true
}

/** Whether the envelope that begins at `start` has the same name as the first. */
export function isSameEnvelope(envelope: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let at = ENVELOPE_ID_AT; at < NAME_END; at++) if (envelope[at] !== bytes[start + at]) return false
  return true
}

/** 32 hex digits. */
export function envelopeIdOf(bytes: Buffer, start: number): string {
  return bytes.toString('hex', start + ENVELOPE_ID_AT, start + ID_END)
}

/** The name as a text. */
export function envelopeNameOf(bytes: Uint8Array, start: number): string {
  return toHex(bytes.subarray(start + ENVELOPE_ID_AT, start + NAME_END))
}

/** SHA-256 of it, hex: what a stranger pays for is told apart by its bytes, as mail is. */
export function digestOf(envelope: Uint8Array): string {
  return toHex(sha256(envelope))
}

/** Throws `too_large` for what is too large for its urgency. */
export function checkSize(bytes: Uint8Array, urgency: Urgency): void {
  const most = { message: MAX_ENVELOPE_BYTES, request: MAX_REQUEST_BYTES, signal: MAX_SIGNAL_BYTES }[urgency]
  if (bytes.length > most) throw new ParleyError('too_large', `This is larger than ${most} bytes.`)
}
