import type { BcsType } from '@iota/bcs'
import { ParleyError } from '../contract/index.ts'
import { decodeStrict, encode } from './codec.ts'
import { coreFrames } from './frames/core.ts'
import { feeFrames } from './frames/fees.ts'
import { HEAD_BYTES } from './frames/define.ts'
import { hotCodecs, type HotName } from './frames/hot.ts'
import { iceFrames } from './frames/ice.ts'
import { logFrames } from './frames/log.ts'
import { replicationFrames } from './frames/replication.ts'

export { BUNDLE_START, bundledEnd, bundledStart, BundleWriter, isBundle, MAX_BUNDLED_BYTES } from './frames/bundle.ts'
export {
  MAX_ENDPOINT_BYTES,
  MAX_ENDPOINTS,
  MAX_FRAME_ADDRESSES,
  MAX_FRAME_BYTES,
  MAX_FRAME_NODES,
  MAX_FRAME_PACKAGES,
  MAX_REVOCATIONS,
  type NodeRecordValue,
} from './frames/define.ts'
export { MAX_ICE_CREDENTIAL_CHARACTERS, MAX_ICE_SERVERS, MAX_ICE_URL_CHARACTERS } from './frames/ice.ts'
export { MAX_QUERY_RESULT_BYTES } from './frames/fees.ts'
export {
  deliverBytes,
  deliverInPlace,
  isAccept,
  requestId,
  SEND_RESULT_BYTES,
  sendIsSignal,
  sendRecipient,
  sendTarget,
  sendTtl,
  sentEnvelope,
  writeDeliver,
  writeDelivered,
} from './frames/live.ts'
export { AllowList, MailAcceptance } from './frames/core.ts'
export {
  LogMembers,
  MAX_LOG_ENTRY_BYTES,
  MAX_LOG_HEADS,
  MAX_LOG_MEMBERS,
  MAX_LOG_PAGE_BYTES,
  MAX_LOG_PAGE_ENTRIES,
} from './frames/log.ts'
export { MAX_FACTS_BYTES, MAX_FRAME_FACTS, type WireFactValue } from './frames/replication.ts'

/**
 * Every frame of a link between a client (or a node) and a node, PROTOCOL section 5. Numbers are never used twice.
 * An answer carries the request id of its request; `presenceUpdate` and `stock` also come unasked with id 0.
 */
export const linkFrames = { ...coreFrames, ...iceFrames, ...logFrames, ...replicationFrames, ...feeFrames } as const

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
export function encodeFrame<N extends LinkFrameName>(name: N, id: number, value: LinkInput<N>): Buffer<ArrayBuffer> {
  const { type, codec, maxBytes } = linkFrames[name]
  const hot = hotOf(name)
  const size = hot?.size(value)
  if (hot && size !== undefined && size <= maxBytes) {
    const out = Buffer.allocUnsafe(HEAD_BYTES + size)
    out[0] = type
    out.writeUInt32BE(id, 1)
    hot.write(value, out, HEAD_BYTES)
    return out
  }
  const body = encode(codec as unknown as BcsType<unknown, LinkInput<N>>, value, maxBytes)
  const out = Buffer.allocUnsafe(HEAD_BYTES + body.length)
  out[0] = type
  out.writeUInt32BE(id, 1)
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
  const quick = bytes.length - HEAD_BYTES <= maxBytes ? hotOf(name)?.read(bodyOf(bytes)) : undefined
  if (quick !== undefined) return { name, id: frameId(bytes), body: quick } as LinkFrame
  // A copy, which Buffer.slice is not: the BCS reader looks past the end of a view, and what is kept of it would hold a whole read.
  const copy = new Uint8Array(bytes.subarray(HEAD_BYTES))
  const body = decodeStrict(codec as unknown as BcsType<unknown, never>, copy, 'The frame', maxBytes)
  return { name, id: frameId(bytes), body } as LinkFrame
}

interface AnyHotCodec {
  read(bytes: Buffer): unknown
  size(value: unknown): number | undefined
  write(value: unknown, out: Buffer, at: number): void
}
function hotOf(name: LinkFrameName): AnyHotCodec | undefined {
  return hotCodecs[name as HotName] as AnyHotCodec | undefined
}

function bodyOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset + HEAD_BYTES, bytes.byteLength - HEAD_BYTES)
}

/** The request id of a frame whose body may be unreadable; 0 where it has none. */
export function frameId(bytes: Uint8Array): number {
  if (bytes.length < HEAD_BYTES) return 0
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1)
}
