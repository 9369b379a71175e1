import { bcs } from '@iota/bcs'
import { Time } from './envelope.ts'
import { Bytes32, Bytes64, ByteVector } from './identity.ts'

const DeviceRevocationV1 = bcs.struct('DeviceRevocationV1', {
  /** 32 bytes. */
  address: Bytes32,
  /** Ed25519, 32 bytes; its hash is the address. */
  walletPublicKey: Bytes32,
  /** The device that is not to be believed any more, 32 bytes. */
  devicePublicKey: Bytes32,
  /** Milliseconds since 1970. */
  revokedAt: Time,
})

/** Takes a device from its address for good, whatever certificates it has (PROTOCOL section 2). */
export const DeviceRevocationBody = bcs.enum('DeviceRevocation', { V1: DeviceRevocationV1 })
export type DeviceRevocationFields = typeof DeviceRevocationV1.$inferType

/** The revocation as it travels: the body's BCS bytes and the wallet key's signature. */
export const SignedDeviceRevocation = bcs.struct('SignedDeviceRevocation', {
  body: ByteVector,
  /** Ed25519 over the IOTA personal-message digest of the length-prefixed domain and `body`, 64 bytes. */
  signature: Bytes64,
})

/** A checked revocation: made only by `verifyRevocation` or `issueRevocation` in crypto/. */
export interface DeviceRevocation extends DeviceRevocationFields {
  /** `0x…` */
  readonly addressText: string
  /** Hex of the device public key. */
  readonly deviceId: string
  /** The signed bytes, to pass on. */
  readonly signed: Uint8Array
}
