import { concat, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import {
  addressBytes,
  addressFromBytes,
  addressOfPublicKey,
  decodeStrict,
  type DeviceCertificate,
  DeviceCertificateBody,
  type DeviceCertificateFields,
  encode,
  SignedDeviceCertificate,
} from '../wire/index.ts'
import { type SigningKey, verifySignature } from './ed25519.ts'
import { personalMessageDigest } from './personal-message.ts'

/** A certificate is about 250 bytes; a label is at most 64. */
const MAX_CERTIFICATE_BYTES = 512
const MAX_LABEL_BYTES = 64
/** A certificate may be issued by a device whose clock is this far ahead (as for presence, PROTOCOL section 3). */
const MAX_AHEAD_MS = 30_000

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
  const addressText = addressFromBytes(fields.address)
  if (addressOfPublicKey(fields.walletPublicKey) !== addressText)
    throw new ParleyError('bad_signature', 'The certificate names an address that its wallet key does not have.')
  if (!verifySignature(fields.walletPublicKey, personalMessageDigest(body), signature))
    throw new ParleyError('bad_signature', 'The certificate is not signed by its wallet key.')
  if (Buffer.byteLength(fields.label) > MAX_LABEL_BYTES)
    throw new ParleyError('invalid_params', 'The device label is too long.')
  if (fields.issuedAt > now + MAX_AHEAD_MS) throw new ParleyError('expired', 'The certificate is from the future.')
  if (fields.expiresAt <= now) throw new ParleyError('expired', 'The certificate has expired.')
  return { ...fields, addressText, deviceId: toHex(fields.devicePublicKey), signed: concat(signed) }
}
