import { concat, utf8 } from '../base/index.ts'
import {
  addressBytes,
  addressOfPublicKey,
  decodeStrict,
  type DeviceRevocation,
  DeviceRevocationBody,
  encode,
  MAX_REVOCATION_BYTES,
  SignedDeviceRevocation,
  type SigningDomain,
} from '../wire/index.ts'
import type { SigningKey } from './ed25519.ts'
import { personalMessageDigest } from './personal-message.ts'
import { checkWalletStatement } from './wallet-statement.ts'

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
  return verifyRevocation(encode(SignedDeviceRevocation, { body, signature }, MAX_REVOCATION_BYTES))
}

/**
 * Checks a revocation from outside: form, wallet key against address, signature. It never expires, and counts from the moment that
 * it is met, also where it is dated ahead: a clock that is wrong, of the device that signs or of the node that looks, must not keep a
 * lost device in. Throws `bad_signature`, `too_large`, `unsupported_version` or `invalid_params`.
 */
export function verifyRevocation(signed: Uint8Array): DeviceRevocation {
  const { body, signature } = decodeStrict(
    SignedDeviceRevocation,
    signed,
    'The device revocation',
    MAX_REVOCATION_BYTES,
  )
  const fields = decodeStrict(DeviceRevocationBody, body, 'The device revocation', MAX_REVOCATION_BYTES).V1
  const digest = revocationDigest(body)
  return checkWalletStatement('revocation', { fields, digest, signature, signed })
}

function revocationDigest(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const domain = utf8(DOMAIN)
  return personalMessageDigest(concat(Uint8Array.of(domain.length), domain, body))
}
