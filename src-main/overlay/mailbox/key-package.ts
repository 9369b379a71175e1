import { fromHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { sha256, type SigningKey, verifyCertificate, verifySignature } from '../../crypto/index.ts'
import {
  type DeviceCertificate,
  encode,
  KeyPackageClaim,
  MAX_KEY_PACKAGE_BYTES,
  type SignedKeyPackageValue,
  signingDigest,
} from '../../wire/index.ts'

/** A last resort counts until a higher version comes: one of a device whose clock is ahead would stand against all that it makes later. */
export const MAX_AHEAD_MS = 15 * 60_000
const MAX_BYTES = 128

/** Whose key package it is: `address` as `0x…`, `device` the hex of its key. */
export interface PackageOwner {
  address: string
  device: string
}

/** Signs a key package with its device's key; `version` as in `SignedKeyPackage`, 0 for one that is handed out once. */
export function signKeyPackage(
  key: SigningKey,
  owner: PackageOwner,
  keyPackage: Uint8Array,
  version = 0,
): SignedKeyPackageValue {
  return { keyPackage, version, signature: key.sign(digestOf(owner, { keyPackage, version })) }
}

/** Checks that the device has signed the key package for its address. Throws `bad_signature`, or `too_large` for its size. */
export function checkKeyPackage(owner: PackageOwner, signed: SignedKeyPackageValue): void {
  checkSize(signed)
  if (!verifySignature(fromHex(owner.device), digestOf(owner, signed), signed.signature))
    throw new ParleyError('bad_signature', 'The key package is not signed by its device.')
}

/** The same for a last resort at `now` (ms): `invalid_params` where it is none, or, with reason `ahead`, dated too late. */
export function checkLastResort(owner: PackageOwner, signed: SignedKeyPackageValue, now: number): void {
  if (signed.version === 0) throw new ParleyError('invalid_params', 'This key package is handed out once only.')
  if (signed.version > now + MAX_AHEAD_MS)
    throw new ParleyError('invalid_params', 'The key package is from the future.', { reason: 'ahead' })
  checkKeyPackage(owner, signed)
}

/**
 * Checks what somebody answers as a key package of an address: its certificate is of that address and has not expired at `now`,
 * and that device signed it. Answers the device; whether it was revoked is for the caller to know. Throws what
 * `verifyCertificate` and `checkKeyPackage` throw.
 */
export function checkPublished(
  address: string,
  { certificate, signed }: { certificate: Uint8Array; signed: SignedKeyPackageValue },
  now: number,
): DeviceCertificate {
  const device = verifyCertificate(certificate, now)
  if (device.addressText !== address)
    throw new ParleyError('bad_signature', 'The key package is of another address than was asked for.')
  checkKeyPackage({ address, device: device.deviceId }, signed)
  return device
}

/** Throws `too_large`. */
export function checkSize({ keyPackage }: Pick<SignedKeyPackageValue, 'keyPackage'>): void {
  if (keyPackage.length === 0 || keyPackage.length > MAX_KEY_PACKAGE_BYTES)
    throw new ParleyError('too_large', `A key package has 1 to ${MAX_KEY_PACKAGE_BYTES} bytes.`)
}

function digestOf(owner: PackageOwner, { keyPackage, version }: Omit<SignedKeyPackageValue, 'signature'>): Uint8Array {
  const claim = { ...owner, version, digest: sha256(keyPackage) }
  const domain = version === 0 ? 'parley/key-package/1' : 'parley/last-resort/1'
  return signingDigest(domain, '', encode(KeyPackageClaim, claim, MAX_BYTES))
}
