import { type BcsType, bcs } from '@iota/bcs'
import { fromHex, toHex } from '../../base/index.ts'
import { Bytes32 } from '../identity.ts'
import { boundedVector } from '../vector.ts'

/** Addresses in one frame: 4,000 contacts are 128 KiB. */
export const MAX_FRAME_ADDRESSES = 4_000
/** Nodes that one node names to another or to a client. */
export const MAX_FRAME_NODES = 64
/** Key packages in one frame, and devices of one address that are answered for. */
export const MAX_FRAME_PACKAGES = 16
/** Revoked devices of one address: a new device every half year for a lifetime, 16 KiB in one frame. */
export const MAX_REVOCATIONS = 64
/** Bodies without a vector of their own, and the room that the rest of a body has beside one. */
export const SMALL = 512
/** Type and request id, before each body. */
export const HEAD_BYTES = 5
/** Largest frame with its head: also the `maxPayload` of the socket. */
export const MAX_FRAME_BYTES = 256 * 1024

/** A ledger address as `0x…` text, 32 bytes on the wire. */
export const Address = Bytes32.transform({
  input: (text: string) => fromHex(text),
  output: (bytes) => `0x${toHex(bytes)}`,
})
/** A public key as hex text, 32 bytes on the wire. */
export const KeyHex = Bytes32.transform({ input: (text: string) => fromHex(text), output: (bytes) => toHex(bytes) })

/** Endpoints of one node: as many as the registry takes. */
export const MAX_ENDPOINTS = 4
/** The longest host name with scheme and port; as in the registry. */
export const MAX_ENDPOINT_BYTES = 300
/** A record whose endpoints are as long as they may be. */
export const MAX_NODE_BYTES = 32 + 1 + MAX_ENDPOINTS * (2 + MAX_ENDPOINT_BYTES) + 32 + 33

/** Where a node is and which keys it has: enough to link to it and to rank it. */
export const NodeRecord = bcs.struct('NodeRecord', {
  nodeKey: KeyHex,
  /** 1 to MAX_ENDPOINTS, as `wss://host:port`; the first that answers is taken. */
  endpoints: boundedVector(bcs.string(), MAX_ENDPOINTS),
  /** SHA-256 of its TLS certificate. */
  fingerprint: KeyHex,
  /** Its record on the ledger, where it is registered: everything said here can be checked there. */
  object: bcs.option(Address),
})
export type NodeRecordValue = typeof NodeRecord.$inferType
export const NodeRecords = boundedVector(NodeRecord, MAX_FRAME_NODES)

export interface FrameDefinition<T, I> {
  /** Never used twice. */
  type: number
  codec: BcsType<T, I>
  maxBytes: number
}
export function frame<T, I>(type: number, codec: BcsType<T, I>, maxBytes: number = SMALL): FrameDefinition<T, I> {
  return { type, codec, maxBytes }
}
export const Empty = bcs.struct('Empty', {})
