import { concat } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type SigningKey, verifyCertificate, verifySignature } from '../../crypto/index.ts'
import {
  decodeStrict,
  encode,
  MAX_PRESENCE_BYTES,
  PresencePacketBody,
  type PresenceV1,
  SignedPresence,
  type SigningDomain,
  signingDigest,
} from '../../wire/index.ts'
import { MAX_AHEAD_MS, MAX_PRESENCE_TTL_MS } from '../constants.ts'
import type { CheckedPresence } from '../types.ts'

const MAX_ENDPOINT_BYTES = 256

/** Signs a presence packet (or, with `goodbye`, a farewell: its domain differs) with the device key. */
export function buildPresence(key: SigningKey, chain: string, fields: PresenceV1): Uint8Array<ArrayBuffer> {
  const body = encode(PresencePacketBody, { V1: fields }, MAX_PRESENCE_BYTES)
  const signature = key.sign(signingDigest(domainOf(fields), chain, body))
  return encode(SignedPresence, { body, signature }, MAX_PRESENCE_BYTES)
}

/**
 * Every rule of PROTOCOL section 3 that one packet can show by itself: form, certificate, signature, ttl <= 300 s, not
 * more than 30 s ahead, not over. That it is newer than the one before is the table's rule.
 * Throws `invalid_params`, `too_large`, `bad_signature`, `expired` or `unsupported_version`.
 */
export function checkPresence(signed: Uint8Array, chain: string, now: number): CheckedPresence {
  const { body, signature } = decodeStrict(SignedPresence, signed, 'The presence packet', MAX_PRESENCE_BYTES)
  const fields = decodeStrict(PresencePacketBody, body, 'The presence packet', MAX_PRESENCE_BYTES).V1
  const checked = verifyCertificate(fields.certificate, now)
  if (!verifySignature(checked.devicePublicKey, signingDigest(domainOf(fields), chain, body), signature))
    throw new ParleyError('bad_signature', 'The presence packet is not signed by its device.')
  if (fields.ttl > MAX_PRESENCE_TTL_MS) throw new ParleyError('invalid_params', 'The presence packet lasts too long.')
  if (fields.endpoints.some((endpoint) => Buffer.byteLength(endpoint) > MAX_ENDPOINT_BYTES))
    throw new ParleyError('invalid_params', 'An endpoint in the presence packet is too long.')
  if (fields.issuedAt > now + MAX_AHEAD_MS) throw new ParleyError('expired', 'The presence packet is from the future.')
  const expiresAt = fields.issuedAt + fields.ttl
  if (expiresAt <= now) throw new ParleyError('expired', 'The presence packet has expired.')
  return { ...fields, checked, signed: concat(signed), expiresAt }
}

function domainOf(fields: PresenceV1): SigningDomain {
  return fields.goodbye ? 'parley/goodbye/1' : 'parley/presence/1'
}
