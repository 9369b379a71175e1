/** Digest of all bytes of a transfer: BLAKE2b-512 (RFC 7693). */
export const DIGEST_BYTES = 64
/** What the application says of a transfer at its start. */
export const MAX_LABEL_BYTES = 256
/** A chunk holds up chat by the time that it takes alone: 64 ms on a link of 1 MB/s. */
export const CHUNK_BYTES = 64 * 1024

/** Why a receiver does not take a transfer, or does not go on with it; the place is the number on the wire. */
export const refusals = ['busy', 'too_large', 'damaged', 'stalled', 'unwanted'] as const
export type Refusal = (typeof refusals)[number]

/** From the sender, on the channel `data`. */
export type DataFrame =
  | { type: 'start'; number: number; size: number; label: Uint8Array }
  | { type: 'chunk'; number: number; bytes: Uint8Array }
  | { type: 'end'; number: number; digest: Uint8Array }
  | { type: 'abort'; number: number }

/** From the receiver, on the channel `control`, so that no answer waits behind data. */
export type DataAnswer =
  /** So many bytes are taken, and the sender may go on up to `limit`. */
  | { type: 'credit'; number: number; taken: number; limit: number }
  | { type: 'done'; number: number }
  | { type: 'refused'; number: number; reason: Refusal }

/** Frame = 1 byte type, 4 bytes transfer number (big endian), then what the type has. */
const HEADER_BYTES = 5
export const MAX_DATA_FRAME_BYTES = HEADER_BYTES + CHUNK_BYTES
const FRAMES = { start: 16, chunk: 17, end: 18, abort: 19 } as const
const ANSWERS = { credit: 32, done: 33, refused: 34 } as const

export function dataFrame(frame: DataFrame): Uint8Array<ArrayBuffer> {
  if (frame.type === 'chunk') return withHeader(FRAMES.chunk, frame.number, frame.bytes)
  if (frame.type === 'end') return withHeader(FRAMES.end, frame.number, frame.digest)
  if (frame.type === 'abort') return withHeader(FRAMES.abort, frame.number, new Uint8Array())
  const body = new Uint8Array(4 + frame.label.length)
  new DataView(body.buffer).setUint32(0, frame.size)
  body.set(frame.label, 4)
  return withHeader(FRAMES.start, frame.number, body)
}

export function dataAnswer(answer: DataAnswer): Uint8Array<ArrayBuffer> {
  if (answer.type === 'done') return withHeader(ANSWERS.done, answer.number, new Uint8Array())
  if (answer.type === 'refused')
    return withHeader(ANSWERS.refused, answer.number, Uint8Array.of(refusals.indexOf(answer.reason)))
  const body = new DataView(new ArrayBuffer(8))
  body.setUint32(0, answer.taken)
  body.setUint32(4, answer.limit)
  return withHeader(ANSWERS.credit, answer.number, new Uint8Array(body.buffer))
}

function withHeader(type: number, number: number, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + body.length)
  frame[0] = type
  new DataView(frame.buffer).setUint32(1, number)
  frame.set(body, HEADER_BYTES)
  return frame
}

/** Undefined for anything that the channel `data` may not carry. A chunk is a view of the frame, not a copy. */
export function parseDataFrame(frame: Uint8Array): DataFrame | undefined {
  if (frame.length < HEADER_BYTES || frame.length > MAX_DATA_FRAME_BYTES) return undefined
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const number = view.getUint32(1)
  const body = frame.subarray(HEADER_BYTES)
  if (frame[0] === FRAMES.chunk) return body.length > 0 ? { type: 'chunk', number, bytes: body } : undefined
  if (frame[0] === FRAMES.end)
    return body.length === DIGEST_BYTES ? { type: 'end', number, digest: new Uint8Array(body) } : undefined
  if (frame[0] === FRAMES.abort) return body.length === 0 ? { type: 'abort', number } : undefined
  const fits = body.length >= 4 && body.length <= 4 + MAX_LABEL_BYTES
  if (frame[0] !== FRAMES.start || !fits) return undefined
  return { type: 'start', number, size: view.getUint32(HEADER_BYTES), label: new Uint8Array(body.subarray(4)) }
}

/** Undefined for anything else that comes on the channel `control`. */
export function parseDataAnswer(frame: Uint8Array): DataAnswer | undefined {
  if (frame.length < HEADER_BYTES) return undefined
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const number = view.getUint32(1)
  const length = frame.length - HEADER_BYTES
  if (frame[0] === ANSWERS.done && length === 0) return { type: 'done', number }
  if (frame[0] === ANSWERS.credit && length === 8)
    return { type: 'credit', number, taken: view.getUint32(HEADER_BYTES), limit: view.getUint32(HEADER_BYTES + 4) }
  const reason = length === 1 ? refusals[view.getUint8(HEADER_BYTES)] : undefined
  return frame[0] === ANSWERS.refused && reason !== undefined ? { type: 'refused', number, reason } : undefined
}
