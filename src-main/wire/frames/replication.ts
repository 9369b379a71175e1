import { bcs } from '@iota/bcs'
import { Time } from '../envelope.ts'
import { Bytes16, Bytes32, Bytes64, ByteVector } from '../identity.ts'
import { SignedKeyPackage } from '../key-package.ts'
import { boundedVector } from '../vector.ts'
import { Address, frame, KeyHex, MAX_FRAME_ADDRESSES, SMALL } from './define.ts'

/** Facts in one frame: 128 accepts are 22 KiB. */
export const MAX_FRAME_FACTS = 128
/** Room for one list of 4,000 contacts, or for two of the largest envelopes with more beside them. */
export const MAX_FACTS_BYTES = 192 * 1024

/** What one node tells another of what it keeps; `overlay/state` says how facts merge. */
export const WireFact = bcs.enum('Fact', {
  mail: bcs.struct('MailFact', {
    address: Address,
    device: KeyHex,
    envelopeId: Bytes16,
    sender: Address,
    request: bcs.bool(),
    expiresAt: Time,
    bytes: ByteVector,
  }),
  accepted: bcs.struct('AcceptedFact', {
    address: Address,
    device: KeyHex,
    /** SHA-256 of the envelope. */
    digest: Bytes32,
    /** The device's, over a `MailAcceptance`. */
    signature: Bytes64,
    expiresAt: Time,
  }),
  allowed: bcs.struct('AllowedFact', {
    address: Address,
    version: Time,
    senders: boundedVector(Address, MAX_FRAME_ADDRESSES),
    /** Of the device that signed it. */
    certificate: ByteVector,
    signature: Bytes64,
  }),
  /** Everything else about the device stands in its signed certificate. */
  device: bcs.struct('DeviceFact', {
    certificate: ByteVector,
    /** Checked by its signature, like the certificate. */
    lastResort: bcs.option(SignedKeyPackage),
  }),
  revocation: bcs.struct('RevocationFact', { signed: ByteVector }),
})
export type WireFactValue = typeof WireFact.$inferType
const Facts = boundedVector(WireFact, MAX_FRAME_FACTS)

/** Types 96 to 111: between nodes. */
export const replicationFrames = {
  /** Answered `ok` once all of them are on disk, or with the refusal of the first that is not taken. */
  replicate: frame(96, bcs.struct('Replicate', { facts: Facts }), MAX_FACTS_BYTES + SMALL),
  /** What changed since the cursor, of addresses that the asking node is home to or a candidate for. */
  syncSince: frame(
    97,
    bcs.struct('SyncSince', {
      /** Of the answering node's state; another than it has now begins at the start. */
      incarnation: Bytes16,
      cursor: bcs.u64().transform({ input: (seq: number) => BigInt(seq), output: (seq) => Number(seq) }),
    }),
  ),
  changes: frame(
    98,
    bcs.struct('Changes', {
      incarnation: Bytes16,
      /** The cursor to go on from. */
      next: bcs.u64().transform({ input: (seq: number) => BigInt(seq), output: (seq) => Number(seq) }),
      more: bcs.bool(),
      facts: Facts,
    }),
    MAX_FACTS_BYTES + SMALL,
  ),
  findDevice: frame(99, bcs.struct('FindDevice', { address: Address, device: KeyHex })),
  deviceFound: frame(100, bcs.struct('DeviceFound', { linked: bcs.bool() })),
  /** Changes what `watchPresence` set on this link; what is known of the added ones is pushed. */
  watchMore: frame(
    101,
    bcs.struct('WatchMore', {
      added: boundedVector(Address, MAX_FRAME_ADDRESSES / 2),
      removed: boundedVector(Address, MAX_FRAME_ADDRESSES / 2),
    }),
    MAX_FRAME_ADDRESSES * 32 + SMALL,
  ),
} as const
