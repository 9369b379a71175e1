import type { coreFrames } from './core.ts'

/**
 * The frames of which a node sees thousands a second, read and written by hand, as the schema's reader and writer go byte by byte. The schema
 * stays what counts: what is not plainly well-formed here is left to it, so that every refusal is its own.
 */
export type HotName = 'send' | 'sendResult' | 'deliver' | 'accept' | 'acceptMail' | 'getPresence'
type Body<N extends HotName> = (typeof coreFrames)[N]['codec']['$inferType']
type Input<N extends HotName> = (typeof coreFrames)[N]['codec']['$inferInput']

interface HotCodec<T, I> {
  /** Undefined for anything that is not the whole of one body in canonical form. */
  read(bytes: Buffer): T | undefined
  /** Bytes that `write` will write; undefined for what the schema must look at. */
  size(value: I): number | undefined
  write(value: I, out: Buffer, at: number): void
}

export const KEY_BYTES = 32
const ID_BYTES = 16
const DIGEST_BYTES = 32
const SIGNATURE_BYTES = 64
const MAX_U32 = 0xffff_ffff
const ADDRESS = /^0x[\da-fA-F]{64}$/
const KEY = /^[\da-fA-F]{64}$/
const URGENCIES = ['message', 'request', 'signal'] as const
const RESULTS = ['delivered', 'queued', 'dropped'] as const

/** Where the fields of a `send` stand in its body. */
export const TTL_AT = 2 * KEY_BYTES
export const URGENCY_AT = TTL_AT + 4
export const ENVELOPE_AT = URGENCY_AT + 1

const send: HotCodec<Body<'send'>, Input<'send'>> = {
  read(bytes) {
    const urgency = URGENCIES[bytes[URGENCY_AT] ?? URGENCIES.length]
    const envelope = readVector(bytes, ENVELOPE_AT)
    if (!urgency || !envelope) return undefined
    return {
      address: `0x${bytes.toString('hex', 0, KEY_BYTES)}`,
      device: bytes.toString('hex', KEY_BYTES, TTL_AT),
      ttl: bytes.readUInt32LE(TTL_AT),
      urgency: { [urgency]: true, $kind: urgency } as unknown as Body<'send'>['urgency'],
      envelope,
    }
  },
  size({ address, device, ttl, urgency, envelope }) {
    if (!ADDRESS.test(address) || !KEY.test(device) || placeIn(URGENCIES, urgency) < 0) return undefined
    if (!Number.isInteger(ttl) || ttl < 0 || ttl > MAX_U32) return undefined
    return envelope instanceof Uint8Array ? ENVELOPE_AT + vectorSize(envelope) : undefined
  },
  write({ address, device, ttl, urgency, envelope }, out, at) {
    out.write(address.slice(2), at, 'hex')
    out.write(device, at + KEY_BYTES, 'hex')
    out.writeUInt32LE(ttl, at + TTL_AT)
    out[at + URGENCY_AT] = placeIn(URGENCIES, urgency)
    writeVector(envelope, out, at + ENVELOPE_AT)
  },
}

const deliver: HotCodec<Body<'deliver'>, Input<'deliver'>> = {
  read(bytes) {
    const envelope = readVector(bytes, 0)
    return envelope && { envelope }
  },
  size: ({ envelope }) => (envelope instanceof Uint8Array ? vectorSize(envelope) : undefined),
  write: ({ envelope }, out, at) => writeVector(envelope, out, at),
}

const accept: HotCodec<Body<'accept'>, Input<'accept'>> = {
  read: (bytes) => (bytes.length === ID_BYTES ? { id: new Uint8Array(bytes) } : undefined),
  size: ({ id }) => (id instanceof Uint8Array && id.length === ID_BYTES ? ID_BYTES : undefined),
  write: ({ id }, out, at) => out.set(id, at),
}

const acceptMail: HotCodec<Body<'acceptMail'>, Input<'acceptMail'>> = {
  read(bytes) {
    if (bytes.length !== DIGEST_BYTES + SIGNATURE_BYTES) return undefined
    const copy = new Uint8Array(bytes)
    return { digest: copy.subarray(0, DIGEST_BYTES), signature: copy.subarray(DIGEST_BYTES) }
  },
  size({ digest, signature }) {
    if (!(digest instanceof Uint8Array) || digest.length !== DIGEST_BYTES) return undefined
    if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) return undefined
    return DIGEST_BYTES + SIGNATURE_BYTES
  },
  write({ digest, signature }, out, at) {
    out.set(digest, at)
    out.set(signature, at + DIGEST_BYTES)
  },
}

const sendResult: HotCodec<Body<'sendResult'>, Input<'sendResult'>> = {
  read(bytes) {
    const result = RESULTS[bytes[0] ?? RESULTS.length]
    if (!result || bytes.length !== 1) return undefined
    return { result: { [result]: true, $kind: result } as unknown as Body<'sendResult'>['result'] }
  },
  size: ({ result }) => (placeIn(RESULTS, result) < 0 ? undefined : 1),
  write: ({ result }, out, at) => void (out[at] = placeIn(RESULTS, result)),
}

const getPresence: HotCodec<Body<'getPresence'>, Input<'getPresence'>> = {
  read: (bytes) => (bytes.length === KEY_BYTES ? { address: `0x${bytes.toString('hex')}` } : undefined),
  size: ({ address }) => (ADDRESS.test(address) ? KEY_BYTES : undefined),
  write: ({ address }, out, at) => void out.write(address.slice(2), at, 'hex'),
}

export const hotCodecs = { send, sendResult, deliver, accept, acceptMail, getPresence } as const

function placeIn(names: readonly string[], value: object): number {
  return names.findIndex((name) => name in value)
}

/**
 * Length in ULEB128, then the bytes: to the very end. A copy, so that 100 bytes do not hold a whole read of the socket; small ones
 * share memory by the page, which spares an allocation for each.
 */
function readVector(bytes: Buffer, at: number): Uint8Array<ArrayBuffer> | undefined {
  const start = vectorStart(bytes, at, bytes.length)
  if (start === undefined) return undefined
  const copy = Buffer.allocUnsafe(bytes.length - start)
  bytes.copy(copy, 0, start)
  return new Uint8Array(copy.buffer as ArrayBuffer, copy.byteOffset, copy.length)
}

/** Where the bytes of a vector begin that stands at `at` and ends at `end`; undefined for any other. */
export function vectorStart(bytes: Uint8Array, at: number, end: number): number | undefined {
  const first = bytes[at] ?? 0
  const second = bytes[at + 1] ?? 0
  const third = bytes[at + 2] ?? 0
  const head = first < 0x80 ? 1 : second < 0x80 ? 2 : 3
  const length =
    head === 1
      ? first
      : head === 2
        ? (first & 0x7f) | (second << 7)
        : (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14)
  // Longer than needed is not canonical; a fourth byte is beyond every frame.
  if (third >= 0x80 && head === 3) return undefined
  return lengthBytes(length) === head && end === at + head + length ? at + head : undefined
}

function vectorSize(bytes: Uint8Array): number {
  return lengthBytes(bytes.length) + bytes.length
}

function writeVector(bytes: Uint8Array, out: Buffer, at: number): void {
  out.set(bytes, at + writeLength(bytes.length, out, at))
}

/** Answers how many bytes the length took. */
export function writeLength(length: number, out: Uint8Array, at: number): number {
  const head = lengthBytes(length)
  if (head === 1) out[at] = length
  else out[at] = (length & 0x7f) | 0x80
  if (head === 2) out[at + 1] = length >>> 7
  if (head === 3) {
    out[at + 1] = ((length >>> 7) & 0x7f) | 0x80
    out[at + 2] = length >>> 14
  }
  return head
}

/** Bytes of a length in ULEB128; what is larger than a frame may be never comes here. */
export function lengthBytes(length: number): 1 | 2 | 3 {
  if (length < 0x80) return 1
  return length < 0x4000 ? 2 : 3
}
