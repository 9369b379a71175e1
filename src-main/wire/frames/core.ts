import { bcs } from '@iota/bcs'
import { Time } from '../envelope.ts'
import { Bytes16, Bytes32, Bytes64, ByteVector } from '../identity.ts'
import { SignedKeyPackage } from '../key-package.ts'
import { MAX_ENVELOPE_BYTES, MAX_KEY_PACKAGE_BYTES, MAX_PRESENCE_BYTES, MAX_REVOCATION_BYTES } from '../limits.ts'
import { boundedVector } from '../vector.ts'
import {
  Address,
  Empty,
  frame,
  KeyHex,
  MAX_FRAME_ADDRESSES,
  MAX_FRAME_NODES,
  MAX_FRAME_PACKAGES,
  MAX_NODE_BYTES,
  MAX_REVOCATIONS,
  NodeRecord,
  NodeRecords,
  SMALL,
} from './define.ts'

const ADDRESSES_BYTES = MAX_FRAME_ADDRESSES * 32 + SMALL
const Addresses = boundedVector(Address, MAX_FRAME_ADDRESSES)
const Packets = boundedVector(ByteVector, MAX_FRAME_PACKAGES)
/** A key package with its length, version and signature. */
const PACKAGE_BYTES = MAX_KEY_PACKAGE_BYTES + 80

const SendBody = bcs.struct('Send', {
  address: Address,
  device: KeyHex,
  /** Milliseconds that a mailbox keeps it. */
  ttl: bcs.u32(),
  urgency: bcs.enum('Urgency', { message: null, request: null, signal: null }),
  envelope: ByteVector,
})

/** What the device's signature in `setAllowed` is over (domain parley/allowed/1, no chain); `addresses` ascending, each once. */
export const AllowList = bcs.struct('AllowList', { address: Address, version: Time, addresses: Addresses })

/**
 * What the device's signature in `acceptMail` is over (domain parley/accepted/1, no chain): these very bytes, so that nobody who
 * gives the device something else under the same id has its word for it.
 */
export const MailAcceptance = bcs.struct('MailAcceptance', {
  /** The device's own. */
  address: Address,
  /** SHA-256 of the envelope. */
  digest: Bytes32,
})

/** Types 1 to 63: the handshake, presence, sending, mailboxes and key packages. */
export const coreFrames = {
  hello: frame(1, bcs.struct('Hello', { version: bcs.u16(), chain: bcs.string(), nonce: Bytes32 })),
  challenge: frame(
    2,
    bcs.struct('Challenge', {
      nonce: Bytes32,
      nodeKey: KeyHex,
      signature: Bytes64,
      /** The node's time, ms since 1970: said before it looks at certificates, which a wrong clock has refused. */
      time: Time,
    }),
  ),
  auth: frame(3, bcs.struct('Auth', { certificate: ByteVector, signature: Bytes64 }), 2 * SMALL),
  authNode: frame(4, bcs.struct('AuthNode', { record: NodeRecord, signature: Bytes64 }), MAX_NODE_BYTES + SMALL),
  welcome: frame(
    5,
    bcs.struct('Welcome', {
      nodes: NodeRecords,
      /** One-time key packages of this device that are left here. */
      stock: bcs.u32(),
      maxEnvelopeBytes: bcs.u32(),
      /** Longest time in ms that the mailbox keeps an envelope. */
      maxTtl: bcs.u64(),
      /** Frames per second that this identity may send. */
      framesPerSecond: bcs.u32(),
    }),
    MAX_FRAME_NODES * MAX_NODE_BYTES + SMALL,
  ),
  ok: frame(6, Empty),
  error: frame(
    7,
    bcs.struct('LinkError', {
      code: bcs.string(),
      message: bcs.string(),
      retryAfter: bcs.option(bcs.u32()),
      /** What exactly, for programs: `nanos:123` for `payment_required`. */
      reason: bcs.option(bcs.string()),
    }),
    2 * SMALL,
  ),
  ping: frame(8, Empty),
  pong: frame(9, bcs.struct('Pong', { time: Time })),
  getSector: frame(16, bcs.struct('GetSector', { address: Address })),
  sector: frame(17, bcs.struct('Sector', { nodes: NodeRecords }), MAX_FRAME_NODES * MAX_NODE_BYTES + SMALL),
  putPresence: frame(18, bcs.struct('PutPresence', { packet: ByteVector }), MAX_PRESENCE_BYTES + SMALL),
  getPresence: frame(19, bcs.struct('GetPresence', { address: Address })),
  presence: frame(
    20,
    bcs.struct('Presence', { address: Address, packets: Packets }),
    MAX_FRAME_PACKAGES * MAX_PRESENCE_BYTES + SMALL,
  ),
  watchPresence: frame(21, bcs.struct('WatchPresence', { addresses: Addresses }), ADDRESSES_BYTES),
  presenceUpdate: frame(
    22,
    bcs.struct('PresenceUpdate', { address: Address, packets: Packets }),
    MAX_FRAME_PACKAGES * MAX_PRESENCE_BYTES + SMALL,
  ),
  /** The list with the highest `version` counts: the device's clock in ms, or one more than its last. */
  setAllowed: frame(
    23,
    bcs.struct('SetAllowed', { version: Time, addresses: Addresses, signature: Bytes64 }),
    ADDRESSES_BYTES,
  ),
  /** A signed revocation, from whoever has it; answered `ok` once it is on disk. */
  putRevocation: frame(24, bcs.struct('PutRevocation', { revocation: ByteVector })),
  getRevocations: frame(25, bcs.struct('GetRevocations', { address: Address })),
  /** Answers `getRevocations`; also comes unasked, with id 0, for an address that is watched. */
  revocations: frame(
    26,
    bcs.struct('Revocations', { address: Address, revocations: boundedVector(ByteVector, MAX_REVOCATIONS) }),
    MAX_REVOCATIONS * (MAX_REVOCATION_BYTES + 2) + SMALL,
  ),
  /** Certificates of the devices of the address that asks, as this node knows them. */
  getDevices: frame(27, Empty),
  devices: frame(28, bcs.struct('Devices', { certificates: Packets }), MAX_FRAME_PACKAGES * SMALL + SMALL),
  send: frame(32, SendBody, MAX_ENVELOPE_BYTES + SMALL),
  sendResult: frame(
    33,
    bcs.struct('SendResult', { result: bcs.enum('Result', { delivered: null, queued: null, dropped: null }) }),
  ),
  /** From node to node: a `send` on behalf of a client that linked there. `live`: to a linked device, or not at all. */
  relay: frame(
    34,
    bcs.struct('Relay', { sender: Address, senderDevice: KeyHex, live: bcs.bool(), send: SendBody }),
    MAX_ENVELOPE_BYTES + SMALL,
  ),
  deliver: frame(35, bcs.struct('Deliver', { envelope: ByteVector }), MAX_ENVELOPE_BYTES + SMALL),
  /** Answers a live `deliver`: the device has it on disk. */
  accept: frame(36, bcs.struct('Accept', { id: Bytes16 })),
  /** Answers a `deliver` with id 0, from a mailbox: the signature is for the other nodes that keep it. */
  acceptMail: frame(37, bcs.struct('AcceptMail', { digest: Bytes32, signature: Bytes64 })),
  putKeyPackages: frame(
    48,
    bcs.struct('PutKeyPackages', {
      packages: boundedVector(SignedKeyPackage, MAX_FRAME_PACKAGES),
      lastResort: SignedKeyPackage,
    }),
    (MAX_FRAME_PACKAGES + 1) * PACKAGE_BYTES + SMALL,
  ),
  stock: frame(49, bcs.struct('Stock', { count: bcs.u32() })),
  takeKeyPackages: frame(
    50,
    bcs.struct('TakeKeyPackages', {
      address: Address,
      /** Only these devices; empty for all of them. */
      devices: boundedVector(KeyHex, MAX_FRAME_PACKAGES),
      /** False: one-time packages only (asked between nodes). */
      lastResort: bcs.bool(),
    }),
    2 * SMALL,
  ),
  keyPackages: frame(
    51,
    bcs.struct('KeyPackages', {
      packages: boundedVector(
        bcs.struct('Package', { certificate: ByteVector, signed: SignedKeyPackage }),
        MAX_FRAME_PACKAGES,
      ),
    }),
    MAX_FRAME_PACKAGES * (PACKAGE_BYTES + 2 * SMALL) + SMALL,
  ),
} as const
