import { isIPv4 } from 'node:net'
import { crc32 } from 'node:zlib'
import { MAX_REQUEST_BYTES } from './constants.ts'

/** RFC 8489 section 5: type, length, magic cookie, transaction id. */
const HEADER_BYTES = 20
const COOKIE = 0x2112_a442
const TYPES = { request: 0x0001, success: 0x0101, error: 0x0111 } as const
const ATTRIBUTES = { errorCode: 0x0009, unknown: 0x000a, xorMappedAddress: 0x0020, fingerprint: 0x8028 } as const
/** USERNAME, MESSAGE-INTEGRITY and its SHA-256 form: understood, and of no meaning for a server that asks nobody who they are. */
const IGNORED: ReadonlySet<number> = new Set([0x0006, 0x0008, 0x001c])
/** Attributes from here on may be ignored by who does not know them (RFC 8489 section 14). */
const OPTIONAL_FROM = 0x8000
const FINGERPRINT_BYTES = 8
const FINGERPRINT_XOR = 0x5354_554e
const UNKNOWN_ATTRIBUTE = 420
/** Unknown attributes named in an answer, so that it is hardly larger than its question. */
const MAX_NAMED = 2

export interface Source {
  address: string
  port: number
}

/**
 * The answer to a binding request (RFC 8489): where it came from, or which attribute is not understood. Undefined for anything
 * else, malformed requests and requests of the older RFC 3489 included: nothing is sent for them. It is at most 24 bytes larger
 * than the request.
 */
export function answerBinding(packet: Uint8Array, source: Source): Uint8Array<ArrayBuffer> | undefined {
  const request = readRequest(packet)
  if (!request) return undefined
  const body =
    request.unknown.length > 0 ? [unknownAttributes(request.unknown)] : [mappedAddress(source, request.transaction)]
  return message(request.unknown.length > 0 ? TYPES.error : TYPES.success, request, body)
}

interface Request {
  /** The magic cookie and the transaction id: 16 bytes. */
  transaction: Uint8Array
  unknown: number[]
  fingerprint: boolean
}

function readRequest(packet: Uint8Array): Request | undefined {
  if (packet.length < HEADER_BYTES || packet.length > MAX_REQUEST_BYTES) return undefined
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  const isBinding = view.getUint16(0) === TYPES.request && view.getUint32(4) === COOKIE
  if (!isBinding || view.getUint16(2) !== packet.length - HEADER_BYTES) return undefined
  const request: Request = { transaction: packet.slice(4, HEADER_BYTES), unknown: [], fingerprint: false }
  for (let at = HEADER_BYTES; at < packet.length;) {
    // Nothing may follow a fingerprint.
    if (request.fingerprint || at + 4 > packet.length) return undefined
    const type = view.getUint16(at)
    const length = view.getUint16(at + 2)
    const next = at + 4 + Math.ceil(length / 4) * 4
    if (next > packet.length) return undefined
    if (type === ATTRIBUTES.fingerprint) {
      if (length !== 4 || view.getUint32(at + 4) !== fingerprintOf(packet.subarray(0, at))) return undefined
      request.fingerprint = true
    } else if (type < OPTIONAL_FROM && !IGNORED.has(type)) request.unknown.push(type)
    at = next
  }
  return request
}

function message(type: number, request: Request, attributes: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = attributes.reduce((sum, attribute) => sum + attribute.length, 0)
  const length = body + (request.fingerprint ? FINGERPRINT_BYTES : 0)
  const out = new Uint8Array(HEADER_BYTES + length)
  const view = new DataView(out.buffer)
  view.setUint16(0, type)
  view.setUint16(2, length)
  out.set(request.transaction, 4)
  let at = HEADER_BYTES
  for (const attribute of attributes) {
    out.set(attribute, at)
    at += attribute.length
  }
  if (!request.fingerprint) return out
  view.setUint16(at, ATTRIBUTES.fingerprint)
  view.setUint16(at + 2, 4)
  view.setUint32(at + 4, fingerprintOf(out.subarray(0, at)))
  return out
}

/** XOR-MAPPED-ADDRESS, RFC 8489 section 14.2. */
function mappedAddress({ address, port }: Source, transaction: Uint8Array): Uint8Array {
  const bytes = addressBytes(address)
  const out = new Uint8Array(8 + bytes.length)
  const view = new DataView(out.buffer)
  view.setUint16(0, ATTRIBUTES.xorMappedAddress)
  view.setUint16(2, 4 + bytes.length)
  out[5] = bytes.length === 4 ? 1 : 2
  view.setUint16(6, port ^ (COOKIE >>> 16))
  for (const [index, byte] of bytes.entries()) out[8 + index] = byte ^ (transaction[index] ?? 0)
  return out
}

/** ERROR-CODE 420 and UNKNOWN-ATTRIBUTES, RFC 8489 sections 14.8 and 14.13. */
function unknownAttributes(types: number[]): Uint8Array {
  const named = types.slice(0, MAX_NAMED)
  const out = new Uint8Array(8 + 4 + 4)
  const view = new DataView(out.buffer)
  view.setUint16(0, ATTRIBUTES.errorCode)
  view.setUint16(2, 4)
  view.setUint8(6, Math.floor(UNKNOWN_ATTRIBUTE / 100))
  view.setUint8(7, UNKNOWN_ATTRIBUTE % 100)
  view.setUint16(8, ATTRIBUTES.unknown)
  view.setUint16(10, 2 * named.length)
  for (const [index, type] of named.entries()) view.setUint16(12 + 2 * index, type)
  return out
}

function fingerprintOf(before: Uint8Array): number {
  // The length in the header counts the fingerprint itself.
  const covered = Uint8Array.from(before)
  new DataView(covered.buffer).setUint16(2, before.length - HEADER_BYTES + FINGERPRINT_BYTES)
  return (crc32(covered) ^ FINGERPRINT_XOR) >>> 0
}

/** 4 bytes of an IPv4 address (an IPv4 one inside IPv6 included), 16 of an IPv6 one. */
function addressBytes(address: string): Uint8Array {
  const v4 = address.startsWith('::ffff:') ? address.slice(7) : address
  if (isIPv4(v4)) return Uint8Array.from(v4.split('.'), Number)
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)))
  const [before, after] = [words(head), words(tail ?? '')]
  const zeros = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0)
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((word) => [word >> 8, word & 0xff]))
}
