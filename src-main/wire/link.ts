import { type BcsType, bcs } from '@iota/bcs'
import { fromHex, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { decodeStrict, encode } from './codec.ts'
import { Time } from './envelope.ts'
import { Bytes16, Bytes32, Bytes64, ByteVector } from './identity.ts'
import { MAX_ENVELOPE_BYTES, MAX_KEY_PACKAGE_BYTES, MAX_PRESENCE_BYTES, MAX_REVOCATION_BYTES } from './limits.ts'
import { boundedVector } from './vector.ts'

/** A ledger address as `0x…` text, 32 bytes on the wire. */
const Address = Bytes32.transform({ input: (text: string) => fromHex(text), output: (bytes) => `0x${toHex(bytes)}` })
/** A public key as hex text, 32 bytes on the wire. */
const KeyHex = Bytes32.transform({ input: (text: string) => fromHex(text), output: (bytes) => toHex(bytes) })

/** Addresses in one frame: 4,000 contacts are 128 KiB. */
export const MAX_FRAME_ADDRESSES = 4_000
/** Nodes that one node names to another or to a client. */
export const MAX_FRAME_NODES = 64
/** Key packages in one frame, and devices of one address that are answered for. */
export const MAX_FRAME_PACKAGES = 16
/** Revoked devices of one address: a new device every half year for a lifetime, 16 KiB in one frame. */
export const MAX_REVOCATIONS = 64
const SMALL = 512
const ADDRESSES_BYTES = MAX_FRAME_ADDRESSES * 32 + SMALL
/** Largest frame with its head: also the `maxPayload` of the socket. */
export const MAX_FRAME_BYTES = 256 * 1024
const HEAD_BYTES = 5

/** Where a node is and which keys it has: enough to link to it and to rank it. */
export const NodeRecord = bcs.struct('NodeRecord', { nodeKey: KeyHex, url: bcs.string(), fingerprint: KeyHex })
export type NodeRecordValue = typeof NodeRecord.$inferType
const NodeRecords = boundedVector(NodeRecord, MAX_FRAME_NODES)
const Addresses = boundedVector(Address, MAX_FRAME_ADDRESSES)
const Packets = boundedVector(ByteVector, MAX_FRAME_PACKAGES)

const SendBody = bcs.struct('Send', {
  address: Address,
  device: KeyHex,
  /** Milliseconds that a mailbox keeps it. */
  ttl: bcs.u32(),
  urgency: bcs.enum('Urgency', { message: null, request: null, signal: null }),
  envelope: ByteVector,
})

interface FrameDefinition<T, I> {
  type: number
  codec: BcsType<T, I>
  maxBytes: number
}
function frame<T, I>(type: number, codec: BcsType<T, I>, maxBytes: number = SMALL): FrameDefinition<T, I> {
  return { type, codec, maxBytes }
}
const Empty = bcs.struct('Empty', {})

/**
 * Every frame of a link between a client (or a node) and a node, PROTOCOL section 5. Numbers are never used twice.
 * An answer carries the request id of its request; `presenceUpdate` and `stock` also come unasked with id 0.
 */
export const linkFrames = {
  hello: frame(1, bcs.struct('Hello', { version: bcs.u16(), chain: bcs.string(), nonce: Bytes32 })),
  challenge: frame(2, bcs.struct('Challenge', { nonce: Bytes32, nodeKey: KeyHex, signature: Bytes64 })),
  auth: frame(3, bcs.struct('Auth', { certificate: ByteVector, signature: Bytes64 }), 2 * SMALL),
  authNode: frame(4, bcs.struct('AuthNode', { record: NodeRecord, signature: Bytes64 }), 2 * SMALL),
  welcome: frame(
    5,
    bcs.struct('Welcome', {
      /** The node's time, ms since 1970. */
      time: Time,
      nodes: NodeRecords,
      /** One-time key packages of this device that are left here. */
      stock: bcs.u32(),
      maxEnvelopeBytes: bcs.u32(),
      /** Longest time in ms that the mailbox keeps an envelope. */
      maxTtl: bcs.u64(),
      /** Frames per second that this identity may send. */
      framesPerSecond: bcs.u32(),
    }),
    MAX_FRAME_NODES * 320 + SMALL,
  ),
  ok: frame(6, Empty),
  error: frame(
    7,
    bcs.struct('LinkError', { code: bcs.string(), message: bcs.string(), retryAfter: bcs.option(bcs.u32()) }),
    2 * SMALL,
  ),
  ping: frame(8, Empty),
  pong: frame(9, bcs.struct('Pong', { time: Time })),
  getSector: frame(16, bcs.struct('GetSector', { address: Address })),
  sector: frame(17, bcs.struct('Sector', { nodes: NodeRecords }), MAX_FRAME_NODES * 320 + SMALL),
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
  setAllowed: frame(23, bcs.struct('SetAllowed', { addresses: Addresses }), ADDRESSES_BYTES),
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
  /** Answers `deliver`: the device has it on disk. */
  accept: frame(36, bcs.struct('Accept', { id: Bytes16 })),
  putKeyPackages: frame(
    48,
    bcs.struct('PutKeyPackages', { packages: Packets, lastResort: ByteVector }),
    (MAX_FRAME_PACKAGES + 1) * MAX_KEY_PACKAGE_BYTES + SMALL,
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
        bcs.struct('Package', { certificate: ByteVector, keyPackage: ByteVector, lastResort: bcs.bool() }),
        MAX_FRAME_PACKAGES,
      ),
    }),
    MAX_FRAME_PACKAGES * (MAX_KEY_PACKAGE_BYTES + 2 * SMALL) + SMALL,
  ),
} as const

export type LinkFrameName = keyof typeof linkFrames
type CodecOf<N extends LinkFrameName> = (typeof linkFrames)[N]['codec']
/** What a frame of this name carries when it has been read. */
export type LinkBody<N extends LinkFrameName> = CodecOf<N>['$inferType']
/** What is given to write a frame of this name. */
export type LinkInput<N extends LinkFrameName> = CodecOf<N>['$inferInput']
/** A read frame: its name tells its body. */
export type LinkFrame = { [N in LinkFrameName]: { name: N; id: number; body: LinkBody<N> } }[LinkFrameName]
export type SendRequest = LinkBody<'send'>

const nameOfType = new Map<number, LinkFrameName>(
  (Object.keys(linkFrames) as LinkFrameName[]).map((name) => [linkFrames[name].type, name]),
)

/** One frame: 1 byte type, 4 bytes request id (big endian), BCS body. */
export function encodeFrame<N extends LinkFrameName>(
  name: N,
  id: number,
  value: LinkInput<N>,
): Uint8Array<ArrayBuffer> {
  const { type, codec, maxBytes } = linkFrames[name]
  const body = encode(codec as unknown as BcsType<unknown, LinkInput<N>>, value, maxBytes)
  const out = new Uint8Array(HEAD_BYTES + body.length)
  out[0] = type
  new DataView(out.buffer).setUint32(1, id)
  out.set(body, HEAD_BYTES)
  return out
}

/**
 * Reads a frame from outside. Throws `unsupported_version` (unknown type), `too_large` or `invalid_params`.
 */
export function decodeFrame(bytes: Uint8Array): LinkFrame {
  if (bytes.length < HEAD_BYTES) throw new ParleyError('invalid_params', 'The frame is too short.')
  const name = nameOfType.get(bytes[0] ?? 0)
  if (!name) throw new ParleyError('unsupported_version', 'The frame is of a type that this program does not know.')
  const { codec, maxBytes } = linkFrames[name]
  // A copy: the BCS reader looks past the end of a view into a larger buffer.
  const body = decodeStrict(codec as unknown as BcsType<unknown, never>, bytes.slice(HEAD_BYTES), 'The frame', maxBytes)
  return { name, id: frameId(bytes), body } as LinkFrame
}

/** The request id of a frame whose body may be unreadable; 0 where it has none. */
export function frameId(bytes: Uint8Array): number {
  if (bytes.length < HEAD_BYTES) return 0
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1)
}
