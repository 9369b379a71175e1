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
import { checkNotAhead, checkWalletStatement } from './wallet-statement.ts'

/** A certificate is about 250 bytes; a label is at most 64. */
const MAX_CERTIFICATE_BYTES = 512
const MAX_LABEL_BYTES = 64

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
 * Checks a certificate from outside: form, wallet key against address, signature, and time `now` (ms).
 * Throws `bad_signature`, `expired` or `invalid_params`.
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
  checkNotAhead('certificate', fields.issuedAt, now)
  if (fields.expiresAt <= now) throw new ParleyError('expired', 'The certificate has expired.')
  return checked
}
