import { BcsType, bcs } from '@iota/bcs'

/** Bytes as they are: the library's own array of u8 goes through a number, and a check, for each of them. */
function fixedBytes(size: number) {
  return new BcsType<Uint8Array, Uint8Array>({
    name: `u8[${size}]`,
    serializedSize: () => size,
    read: (reader) => reader.readBytes(size).slice(),
    write: (bytes, writer) => void writer.writeBytes(bytes),
    validate: (bytes) => {
      if (!(bytes instanceof Uint8Array) || bytes.length !== size) throw new TypeError(`${size} bytes are needed`)
    },
  })
}

export const Bytes16 = fixedBytes(16)
export const Bytes32 = fixedBytes(32)
export const Bytes64 = fixedBytes(64)
/** A byte vector of any length as Uint8Array. */
export const ByteVector = new BcsType<Uint8Array, Uint8Array>({
  name: 'vector<u8>',
  read: (reader) => reader.readBytes(reader.readULEB()).slice(),
  write: (bytes, writer) => void writer.writeULEB(bytes.length).writeBytes(bytes),
  validate: (bytes) => {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('bytes are needed')
  },
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
