import { concat, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { addressFromBytes, addressOfPublicKey } from '../wire/index.ts'
import { verifySignature } from './ed25519.ts'

interface DeviceFields {
  address: Uint8Array
  walletPublicKey: Uint8Array
  devicePublicKey: Uint8Array
}

/**
 * What holds for everything that a wallet signs about a device: its key has the address that is named, and has signed.
 * `name` is for the error's sentence. Throws `bad_signature`.
 */
export function checkWalletStatement<T extends DeviceFields>(
  name: 'certificate' | 'revocation',
  { fields, digest, signature, signed }: { fields: T; digest: Uint8Array; signature: Uint8Array; signed: Uint8Array },
): T & { addressText: string; deviceId: string; signed: Uint8Array } {
  const addressText = addressFromBytes(fields.address)
  if (addressOfPublicKey(fields.walletPublicKey) !== addressText)
    throw new ParleyError('bad_signature', `The ${name} names an address that its wallet key does not have.`)
  if (!verifySignature(fields.walletPublicKey, digest, signature))
    throw new ParleyError('bad_signature', `The ${name} is not signed by its wallet key.`)
  return { ...fields, addressText, deviceId: toHex(fields.devicePublicKey), signed: concat(signed) }
}
