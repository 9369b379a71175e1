import { concat, toHex, utf8 } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import {
  addressBytes,
  addressFromBytes,
  addressOfPublicKey,
  decodeStrict,
  type DeviceRevocation,
  DeviceRevocationBody,
  encode,
  MAX_REVOCATION_BYTES,
  SignedDeviceRevocation,
  type SigningDomain,
} from '../wire/index.ts'
import { type SigningKey, verifySignature } from './ed25519.ts'
import { personalMessageDigest } from './personal-message.ts'

/** As for a certificate: the clock of whoever revokes may be this far ahead. */
const MAX_AHEAD_MS = 30_000
/** In front of what is signed, so that no certificate and no other message of the wallet can pass for a revocation. */
const DOMAIN: SigningDomain = 'parley/revocation/1'

/** Takes a device from the wallet's address for good. `revokedAt` in ms since 1970. */
export function issueRevocation(
  wallet: SigningKey,
  fields: { devicePublicKey: Uint8Array; revokedAt: number },
): DeviceRevocation {
  const address = addressBytes(addressOfPublicKey(wallet.publicKey))
  const value = { V1: { ...fields, address, walletPublicKey: wallet.publicKey } }
  const body = encode(DeviceRevocationBody, value, MAX_REVOCATION_BYTES)
  const signature = wallet.sign(revocationDigest(body))
  return verifyRevocation(encode(SignedDeviceRevocation, { body, signature }, MAX_REVOCATION_BYTES), fields.revokedAt)
}

/**
 * Checks a revocation from outside: form, wallet key against address, signature, and that it is not from the future at
 * `now` (ms). It never expires. Throws `bad_signature`, `expired`, `too_large`, `unsupported_version` or `invalid_params`.
 */
export function verifyRevocation(signed: Uint8Array, now: number): DeviceRevocation {
  const { body, signature } = decodeStrict(
    SignedDeviceRevocation,
    signed,
    'The device revocation',
    MAX_REVOCATION_BYTES,
  )
  const fields = decodeStrict(DeviceRevocationBody, body, 'The device revocation', MAX_REVOCATION_BYTES).V1
  const addressText = addressFromBytes(fields.address)
  if (addressOfPublicKey(fields.walletPublicKey) !== addressText)
    throw new ParleyError('bad_signature', 'The revocation names an address that its wallet key does not have.')
  if (!verifySignature(fields.walletPublicKey, revocationDigest(body), signature))
    throw new ParleyError('bad_signature', 'The revocation is not signed by its wallet key.')
  if (fields.revokedAt > now + MAX_AHEAD_MS) throw new ParleyError('expired', 'The revocation is from the future.')
  return { ...fields, addressText, deviceId: toHex(fields.devicePublicKey), signed: concat(signed) }
}

function revocationDigest(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const domain = utf8(DOMAIN)
  return personalMessageDigest(concat(Uint8Array.of(domain.length), domain, body))
}
