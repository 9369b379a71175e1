import { bcs } from '@iota/bcs'

export const Bytes32 = bcs.fixedArray(32, bcs.u8()).transform({
  input: (bytes: Uint8Array) => Array.from(bytes),
  output: (values): Uint8Array => Uint8Array.from(values),
})
export const Bytes16 = bcs.fixedArray(16, bcs.u8()).transform({
  input: (bytes: Uint8Array) => Array.from(bytes),
  output: (values): Uint8Array => Uint8Array.from(values),
})
export const Bytes64 = bcs.fixedArray(64, bcs.u8()).transform({
  input: (bytes: Uint8Array) => Array.from(bytes),
  output: (values): Uint8Array => Uint8Array.from(values),
})
/** A byte vector of any length as Uint8Array. */
export const ByteVector = bcs.byteVector().transform({
  input: (bytes: Uint8Array) => bytes,
  output: (bytes): Uint8Array => Uint8Array.from(bytes),
})

const DeviceCertificateV1 = bcs.struct('DeviceCertificateV1', {
  /** 32 bytes. */
  address: Bytes32,
  /** Ed25519, 32 bytes; its hash is the address. */
  walletPublicKey: Bytes32,
  /** Ed25519, 32 bytes; hex of it is the device id. */
  devicePublicKey: Bytes32,
  /** X25519, 32 bytes: things that only this device may open are sealed to it (HPKE). */
  sealingKey: Bytes32,
  /** At most 64 bytes, shown to contacts: "laptop". */
  label: bcs.string(),
  issuedAt: bcs.u64().transform({ input: (ms: number) => BigInt(ms), output: (ms) => Number(ms) }),
  expiresAt: bcs.u64().transform({ input: (ms: number) => BigInt(ms), output: (ms) => Number(ms) }),
})

/** Binds a device's keys to an address (PROTOCOL section 2); what the wallet key signs as an IOTA personal message. */
export const DeviceCertificateBody = bcs.enum('DeviceCertificate', { V1: DeviceCertificateV1 })
export type DeviceCertificateFields = typeof DeviceCertificateV1.$inferType

/** The certificate as it travels: the body's BCS bytes and the wallet key's signature over them. */
export const SignedDeviceCertificate = bcs.struct('SignedDeviceCertificate', {
  body: ByteVector,
  /** Ed25519 over the IOTA personal-message digest of `body`, 64 bytes. */
  signature: Bytes64,
})

/** A checked certificate: made only by `verifyCertificate` or `issueCertificate` in crypto/. */
export interface DeviceCertificate extends DeviceCertificateFields {
  /** `0x…` */
  readonly addressText: string
  /** Hex of the device public key. */
  readonly deviceId: string
  /** The signed bytes, to pass on. */
  readonly signed: Uint8Array
}
