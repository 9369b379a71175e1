import { ParleyError } from '../contract/index.ts'
import {
  addressBytes,
  addressOfPublicKey,
  decodeStrict,
  type DeviceCertificate,
  DeviceCertificateBody,
  type DeviceCertificateFields,
  encode,
  SignedDeviceCertificate,
} from '../wire/index.ts'
import type { SigningKey } from './ed25519.ts'
import { personalMessageDigest } from './personal-message.ts'
import { checkWalletStatement } from './wallet-statement.ts'

/** A certificate is about 250 bytes; a label is at most 64. */
const MAX_CERTIFICATE_BYTES = 512
const MAX_LABEL_BYTES = 64
/**
 * A certificate counts for so long after it was issued, whatever it says: devices issue theirs for a year and renew them in
 * time, and whoever has a stolen key, or asks nodes to remember him, does not get a lifetime.
 */
const MAX_LIFETIME_MS = 400 * 24 * 3_600_000
/**
 * How far ahead the clock of whoever signs may be: a certificate is also met where two clocks are a minute wrong either way and no
 * node tells (PROTOCOL section 7); nobody wins by a later one.
 */
const MAX_AHEAD_MS = 3 * 60_000

/** Signs a certificate with the wallet key. Times in ms since 1970. */
export function issueCertificate(
  wallet: SigningKey,
  fields: Omit<DeviceCertificateFields, 'address' | 'walletPublicKey'>,
): DeviceCertificate {
  const address = addressBytes(addressOfPublicKey(wallet.publicKey))
  const body = encode(
    DeviceCertificateBody,
    { V1: { ...fields, address, walletPublicKey: wallet.publicKey } },
    MAX_CERTIFICATE_BYTES,
  )
  const signature = wallet.sign(personalMessageDigest(body))
  return verifyCertificate(encode(SignedDeviceCertificate, { body, signature }, MAX_CERTIFICATE_BYTES), fields.issuedAt)
}

/**
 * Checks a certificate from outside: form, wallet key against address, signature, and time `now` (ms); `expiresAt` is 400 days after
 * `issuedAt` at the most.
 * Throws `bad_signature`, `expired` (with reason `ahead` where it may count later) or `invalid_params`.
 */
export function verifyCertificate(signed: Uint8Array, now: number): DeviceCertificate {
  const { body, signature } = decodeStrict(
    SignedDeviceCertificate,
    signed,
    'The device certificate',
    MAX_CERTIFICATE_BYTES,
  )
  const fields = decodeStrict(DeviceCertificateBody, body, 'The device certificate', MAX_CERTIFICATE_BYTES).V1
  const digest = personalMessageDigest(body)
  const checked = checkWalletStatement('certificate', { fields, digest, signature, signed })
  if (Buffer.byteLength(fields.label) > MAX_LABEL_BYTES)
    throw new ParleyError('invalid_params', 'The device label is too long.')
  if (fields.issuedAt > now + MAX_AHEAD_MS)
    throw new ParleyError('expired', 'The certificate is from the future.', { reason: 'ahead' })
  const expiresAt = Math.min(fields.expiresAt, fields.issuedAt + MAX_LIFETIME_MS)
  if (expiresAt <= now) throw new ParleyError('expired', 'The certificate has expired.')
  return { ...checked, expiresAt }
}
