import { MAX_ENVELOPE_BYTES } from '../wire/index.ts'
import { type DataAnswer, type DataFrame, parseDataAnswer, parseDataFrame } from './data-frames.ts'

/** The data channels of a path: `control` has pings, accepts and credits, `chat` messages, `data` bulk data. */
export type ChannelName = 'control' | 'chat' | 'data'
/** The same, and the TLS connection that bulk data takes within one network. */
export type LaneName = ChannelName | 'lan'

/** Frame = 1 byte type, 4 bytes number (big endian), and for a message its bytes. */
const HEADER_BYTES = 5
const TYPES = { ping: 1, pong: 2, accept: 3, message: 4 } as const

/** Where this device listens for bulk data within one network, and by what the two know each other. */
export interface LanOffer {
  port: number
  /** SHA-256 of the TLS certificate. */
  fingerprint: Uint8Array
  /** Shown by who dials. */
  token: Uint8Array
}
const LAN_TYPE = 48
const LAN_BYTES = HEADER_BYTES + 2 + 32 + 32

export type ControlFrame = { type: 'ping' | 'pong' | 'accept'; number: number }
export type Frame =
  | ControlFrame
  | { type: 'lan'; offer: LanOffer }
  | { type: 'message'; number: number; bytes: Uint8Array }
  | DataFrame
  | DataAnswer

function header(type: keyof typeof TYPES, number: number, length: number): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(HEADER_BYTES + length)
  frame[0] = TYPES[type]
  new DataView(frame.buffer).setUint32(1, number)
  return frame
}

export function controlFrame({ type, number }: ControlFrame): Uint8Array<ArrayBuffer> {
  return header(type, number, 0)
}

/** `number` names the message in its accept; it is unique on one path. */
export function messageFrame(number: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = header('message', number, bytes.length)
  frame.set(bytes, HEADER_BYTES)
  return frame
}

export function lanFrame({ port, fingerprint, token }: LanOffer): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(LAN_BYTES)
  frame[0] = LAN_TYPE
  new DataView(frame.buffer).setUint16(HEADER_BYTES, port)
  frame.set(fingerprint, HEADER_BYTES + 2)
  frame.set(token, HEADER_BYTES + 2 + 32)
  return frame
}

function parseLan(frame: Uint8Array): Frame | undefined {
  const port = new DataView(frame.buffer, frame.byteOffset).getUint16(HEADER_BYTES)
  // Below are services of the machine, which are no device of anybody.
  if (port < 1024) return undefined
  const rest = new Uint8Array(frame.subarray(HEADER_BYTES + 2))
  return { type: 'lan', offer: { port, fingerprint: rest.slice(0, 32), token: rest.slice(32) } }
}

/** Undefined for anything that this channel may not carry. */
export function parseFrame(channel: LaneName, frame: Uint8Array): Frame | undefined {
  if (frame.length < HEADER_BYTES) return undefined
  if (channel === 'data' || channel === 'lan') return parseDataFrame(frame)
  const number = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(1)
  if (channel === 'chat') {
    const fits = frame[0] === TYPES.message && frame.length <= HEADER_BYTES + MAX_ENVELOPE_BYTES
    return fits ? { type: 'message', number, bytes: new Uint8Array(frame.subarray(HEADER_BYTES)) } : undefined
  }
  if (frame[0] === LAN_TYPE && frame.length === LAN_BYTES) return parseLan(frame)
  const type = (['ping', 'pong', 'accept'] as const).find((name) => TYPES[name] === frame[0])
  if (type === undefined) return parseDataAnswer(frame)
  return frame.length === HEADER_BYTES ? { type, number } : undefined
}
