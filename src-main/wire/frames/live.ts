import { coreFrames } from './core.ts'
import { HEAD_BYTES } from './define.ts'
import { ENVELOPE_AT, KEY_BYTES, lengthBytes, TTL_AT, URGENCY_AT, vectorStart, writeLength } from './hot.ts'

/**
 * The frames of a live delivery, read and written where they stand: a node passes on a hundred thousand envelopes a second without
 * making an object of any. `at` is where a frame begins.
 */
const SEND = coreFrames.send.type
const SEND_RESULT = coreFrames.sendResult.type
const DELIVER = coreFrames.deliver.type
const ACCEPT = coreFrames.accept.type
const ACCEPT_BYTES = HEAD_BYTES + 16
/** Bytes of a `sendResult`. */
export const SEND_RESULT_BYTES = HEAD_BYTES + 1
/** The order of the schema. */
const MESSAGE = 0
const SIGNAL = 2
const DELIVERED = 0

/** The request id of the frame. */
export function requestId(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at + 1)
}

/** Who is written to, as 64 characters of one byte each: the key of whatever is remembered of it. */
export function sendTarget(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at + HEAD_BYTES, at + HEAD_BYTES + TTL_AT)
}

/** The same as text. */
export function sendRecipient(bytes: Buffer, at: number): { address: string; device: string } {
  const start = at + HEAD_BYTES
  const middle = start + KEY_BYTES
  return {
    address: `0x${bytes.toString('hex', start, middle)}`,
    device: bytes.toString('hex', middle, middle + KEY_BYTES),
  }
}

export function sendTtl(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + HEAD_BYTES + TTL_AT)
}

export function sendIsSignal(bytes: Buffer, at: number): boolean {
  return bytes[at + HEAD_BYTES + URGENCY_AT] === SIGNAL
}

/** Where the envelope of a `send` begins that ends at `end`; undefined for any other frame and for contact requests. */
export function sentEnvelope(bytes: Buffer, at: number, end: number): number | undefined {
  if (bytes[at] !== SEND || end - at < HEAD_BYTES + ENVELOPE_AT) return undefined
  const urgency = bytes[at + HEAD_BYTES + URGENCY_AT]
  return urgency === MESSAGE || urgency === SIGNAL ? vectorStart(bytes, at + HEAD_BYTES + ENVELOPE_AT, end) : undefined
}

/** Whether it is an `accept`, well-formed. */
export function isAccept(bytes: Buffer, at: number, end: number): boolean {
  return bytes[at] === ACCEPT && end - at === ACCEPT_BYTES
}

/** Bytes of a `deliver` with an envelope of so many. */
export function deliverBytes(length: number): number {
  return HEAD_BYTES + lengthBytes(length) + length
}

/** A `deliver` with the envelope that stands in `from`. */
export function writeDeliver(out: Buffer, at: number, id: number, from: Buffer, start: number, end: number): void {
  writeHead(out, at, DELIVER, id)
  const head = writeLength(end - start, out, at + HEAD_BYTES)
  from.copy(out, at + HEAD_BYTES + head, start, end)
}

/**
 * Makes the `deliver` of an envelope of the `send` in which it stands, without a copy: its length stands before it already, and what a
 * `deliver` has before that is shorter.
 */
export function deliverInPlace(bytes: Buffer, id: number, start: number, end: number): Buffer {
  const at = start - lengthBytes(end - start) - HEAD_BYTES
  writeHead(bytes, at, DELIVER, id)
  return bytes.subarray(at, end)
}

/** The `sendResult` of what was delivered. */
export function writeDelivered(out: Buffer, at: number, id: number): void {
  writeHead(out, at, SEND_RESULT, id)
  out[at + HEAD_BYTES] = DELIVERED
}

function writeHead(out: Buffer, at: number, type: number, id: number): void {
  out[at] = type
  out[at + 1] = id >>> 24
  out[at + 2] = id >>> 16
  out[at + 3] = id >>> 8
  out[at + 4] = id
}
