import { ParleyError } from '../../contract/index.ts'
import { type SigningKey, verifyCertificate, verifySignature } from '../../crypto/index.ts'
import { AllowList, type DeviceCertificate, encode, MAX_FRAME_ADDRESSES, signingDigest } from '../../wire/index.ts'
import type { Allowed } from '../state/index.ts'

/** A list counts until a higher version comes: one of a device whose clock is ahead stands against all that others of its address say meanwhile. */
const MAX_AHEAD_MS = 15 * 60_000
const MAX_BYTES = MAX_FRAME_ADDRESSES * 32 + 64

type List = Pick<Allowed, 'address' | 'version' | 'senders'>

/** Signs with the device key who may write to its address (domain parley/allowed/1, of no chain): 64 bytes. */
export function signAllowed(key: SigningKey, list: List): Uint8Array<ArrayBuffer> {
  return key.sign(digestOf(list))
}

/**
 * Checks a list by itself: its certificate is of that address and has not expired, its device signed it, and its version
 * is at most a quarter of an hour ahead of `now` (ms). Answers the device; whether that was revoked is for the caller to know.
 * Throws `bad_signature`, `invalid_params`, `expired` or `unsupported_version`.
 */
export function checkAllowed(list: Allowed, now: number): DeviceCertificate {
  if (!Number.isSafeInteger(list.version) || list.version > now + MAX_AHEAD_MS)
    throw new ParleyError('invalid_params', 'The list of who may write is from the future.', { reason: 'ahead' })
  const certificate = verifyCertificate(list.certificate, now)
  if (certificate.addressText !== list.address)
    throw new ParleyError('bad_signature', 'The list of who may write is of another address than its device.')
  if (!verifySignature(certificate.devicePublicKey, digestOf(list), list.signature))
    throw new ParleyError('bad_signature', 'The list of who may write is not signed by its device.')
  return certificate
}

function digestOf({ address, version, senders }: List): Uint8Array {
  // In one order, because a node keeps a set.
  const addresses = [...new Set(senders)].sort()
  return signingDigest('parley/allowed/1', '', encode(AllowList, { address, version, addresses }, MAX_BYTES))
}
