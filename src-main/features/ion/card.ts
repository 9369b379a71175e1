import { concat, equal } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { verifyCertificate, verifySignature } from '../../crypto/index.ts'
import type { Sealer } from '../../post/index.ts'
import {
  CARD_MAGIC,
  decodeStrict,
  type DeviceCertificate,
  encode,
  LedgerCardBody,
  MAX_KEY_PACKAGE_BYTES,
  MAX_MEMO_BYTES,
  SignedLedgerCard,
  signingDigest,
} from '../../wire/index.ts'
import { SKEW_MS } from './constants.ts'

/** A checked card: how a device is reached by its address alone. */
export interface LedgerCard {
  device: DeviceCertificate
  /** Last-resort MLS key package. */
  keyPackage: Uint8Array
  issuedAt: number
}

/** The memo of this device's card. */
export function issueCard(sealer: Sealer, keyPackage: Uint8Array, now: number): Uint8Array<ArrayBuffer> {
  const fields = { certificate: sealer.certificate.signed, issuedAt: now, keyPackage }
  const body = encode(LedgerCardBody, { V1: fields }, MAX_MEMO_BYTES)
  const signature = sealer.deviceKey.sign(signingDigest('parley/card/1', sealer.chain, body))
  return concat(CARD_MAGIC, encode(SignedLedgerCard, { body, signature }, MAX_MEMO_BYTES))
}

/**
 * Reads a memo that `address` wrote to itself. Throws `bad_signature` (signature, another address, another chain), `expired`,
 * `too_large`, `invalid_params` or `unsupported_version`.
 */
export function readCard(memo: Uint8Array, address: string, chain: string, now: number): LedgerCard {
  if (!equal(memo.subarray(0, CARD_MAGIC.length), CARD_MAGIC))
    throw new ParleyError('invalid_params', 'The memo is no card.')
  const signed = decodeStrict(SignedLedgerCard, memo.subarray(CARD_MAGIC.length), 'The card', MAX_MEMO_BYTES)
  const { certificate, issuedAt, keyPackage } = decodeStrict(LedgerCardBody, signed.body, 'The card', MAX_MEMO_BYTES).V1
  const device = verifyCertificate(certificate, now)
  if (device.addressText !== address) throw new ParleyError('bad_signature', 'The card is of another address.')
  if (!verifySignature(device.devicePublicKey, signingDigest('parley/card/1', chain, signed.body), signed.signature))
    throw new ParleyError('bad_signature', 'The card is not signed by its device for this ledger.')
  if (issuedAt > now + SKEW_MS) throw new ParleyError('expired', 'The card is from the future.')
  if (keyPackage.length > MAX_KEY_PACKAGE_BYTES) throw new ParleyError('too_large', 'The key package is too large.')
  return { device, keyPackage, issuedAt }
}
