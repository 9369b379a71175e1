import { bcs } from '@iota/bcs'
import { Time } from './envelope.ts'
import { Address, KeyHex } from './frames/define.ts'
import { Bytes32, Bytes64, ByteVector } from './identity.ts'

/**
 * What the device's signature on a key package is over, of no chain: domain parley/key-package/1 for one that is handed out once,
 * parley/last-resort/1 for the other, so that none passes for the other kind.
 */
export const KeyPackageClaim = bcs.struct('KeyPackageClaim', {
  /** The device's own. */
  address: Address,
  device: KeyHex,
  /** As in `SignedKeyPackage`. */
  version: Time,
  /** SHA-256 of the key package. */
  digest: Bytes32,
})

/** A key package with its device's word for it: whoever passes it on can put nothing in its place. */
export const SignedKeyPackage = bcs.struct('SignedKeyPackage', {
  /** MLS bytes, 1 to MAX_KEY_PACKAGE_BYTES. */
  keyPackage: ByteVector,
  /** 0: handed out once. Else a last resort, of which the highest version counts: the device's clock in ms, or one more than its last. */
  version: Time,
  /** The device's, over a `KeyPackageClaim`. */
  signature: Bytes64,
})
export type SignedKeyPackageValue = typeof SignedKeyPackage.$inferType
