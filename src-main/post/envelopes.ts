import { fromHex, type Random } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import {
  decodeStrict,
  encode,
  Envelope,
  type EnvelopeBodyInput,
  type EnvelopeV1,
  MAX_ENVELOPE_BYTES,
} from '../wire/index.ts'

/** Wraps a body for the way: a fresh random id, this device as sender. */
export function makeEnvelope(
  device: string,
  body: EnvelopeBodyInput,
  now: number,
  random: Random,
): Uint8Array<ArrayBuffer> {
  const fields = { id: random.bytes(16), from: fromHex(device), sentAt: now, body }
  return encode(Envelope, { V1: fields }, MAX_ENVELOPE_BYTES)
}

export function readEnvelope(bytes: Uint8Array): EnvelopeV1 {
  const envelope = decodeStrict(Envelope, bytes, 'The envelope', MAX_ENVELOPE_BYTES).V1
  if (!envelope) throw new ParleyError('unsupported_version', 'The envelope is of an unknown version.')
  return envelope
}
