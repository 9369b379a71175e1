import { freeBuffer, ownBuffer } from '../own-buffer.ts'
import { unmask } from './mask.ts'

/** Opcodes of RFC 6455 section 5.2. */
export const CONTINUATION = 0
export const TEXT = 1
export const BINARY = 2
export const CLOSE = 8
export const PING = 9
export const PONG = 10
/** Close codes of section 7.4.1. */
export const PROTOCOL_ERROR = 1002
export const TOO_BIG = 1009
export const MAX_CONTROL_BYTES = 125

const FIN = 0x80
const RESERVED = 0x70
const OPCODE = 0x0f
const MASKED = 0x80
const LENGTH = 0x7f
const LENGTH_16 = 126
const LENGTH_64 = 127
const MASK_BYTES = 4
/** A frame of which so much came gets room for so many times that: one that only says it is large gets next to none. */
const ROOM_FACTOR = 4

/** What is told of what a client says. Buffers are valid during the call only. */
export interface FrameSink {
  message(bytes: Buffer, binary: boolean): void
  /** CLOSE, PING or PONG. */
  control(opcode: number, payload: Buffer): void
  /** Nothing is read after it. */
  fault(code: number, why: string): void
}

/** Grows with what comes. */
class Assembly {
  bytes: Buffer
  length = 0

  constructor(first: number, need: number) {
    this.bytes = ownBuffer(roomFor(first, need))
  }

  /** `need`: how long it will be, as far as it is known. */
  add(from: Buffer, start: number, end: number, need: number): void {
    const length = this.length + end - start
    if (length > this.bytes.length) {
      const larger = ownBuffer(roomFor(length, need))
      this.bytes.copy(larger, 0, 0, this.length)
      this.release()
      this.bytes = larger
    }
    from.copy(this.bytes, this.length, start, end)
    this.length = length
  }

  release(): void {
    freeBuffer(this.bytes)
  }
}

const roomFor = (length: number, need: number) => Math.max(length, Math.min(need, ROOM_FACTOR * length))

/**
 * Reads what a client sends over a WebSocket without extensions, from the chunks of the stream (RFC 6455 section 5). A message that came
 * in one chunk is told where it stands; of any other each byte is copied once.
 */
export class FrameReader {
  readonly #sink: FrameSink
  readonly #most: number
  /** The beginning of a head. */
  #rest: Buffer | undefined
  #isInFrame = false
  #fin = false
  #opcode = 0
  #length = 0
  #mask = 0
  /** Bytes of this frame that came in earlier chunks. */
  #came = 0
  /** A message of which all came so far but the end: its first frame's opcode, and its bytes. */
  #first: number | undefined
  #message: Assembly | undefined
  #control: Assembly | undefined
  #ended = false

  /** `most`: bytes of a message. */
  constructor(sink: FrameSink, most: number) {
    this.#sink = sink
    this.#most = most
  }

  /** Uses `chunk` up. */
  read(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#rest = undefined
    this.#readAll(bytes)
    freeBuffer(bytes)
    if (bytes !== chunk) freeBuffer(chunk)
  }

  #readAll(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && !this.#ended;) {
      if (!this.#isInFrame) {
        const start = this.#readHead(bytes, at)
        if (start === undefined) return void (this.#rest = Buffer.from(bytes.subarray(at)))
        at = start
      }
      at = this.#readPayload(bytes, at)
    }
  }

  /** Nothing is read any more; what was begun is given up. */
  end(): void {
    this.#ended = true
    this.#rest = undefined
    this.#message?.release()
    this.#message = undefined
    this.#control = undefined
  }

  /** Where the payload begins; undefined where the head is not all there. */
  #readHead(bytes: Buffer, at: number): number | undefined {
    if (bytes.length - at < 2) return undefined
    const [first, second] = [bytes[at] ?? 0, bytes[at + 1] ?? 0]
    const short = second & LENGTH
    const maskAt = at + 2 + (short === LENGTH_64 ? 8 : short === LENGTH_16 ? 2 : 0)
    if (bytes.length < maskAt + MASK_BYTES) return undefined
    this.#fin = (first & FIN) !== 0
    this.#opcode = first & OPCODE
    this.#length = short
    if (short === LENGTH_16) this.#length = bytes.readUInt16BE(at + 2)
    if (short === LENGTH_64) this.#length = bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6)
    this.#mask = bytes.readUInt32BE(maskAt)
    this.#came = 0
    this.#isInFrame = true
    this.#check((first & RESERVED) !== 0, (second & MASKED) !== 0)
    return maskAt + MASK_BYTES
  }

  #check(reserved: boolean, masked: boolean): void {
    if (reserved) return this.#fault(PROTOCOL_ERROR, 'no extension was agreed upon')
    if (!masked) return this.#fault(PROTOCOL_ERROR, 'a client masks what it sends')
    if (this.#isControl) {
      const isKnown = this.#opcode <= PONG
      if (!isKnown || !this.#fin || this.#length > MAX_CONTROL_BYTES)
        this.#fault(PROTOCOL_ERROR, 'the control frame is not one')
      return
    }
    if (this.#opcode > BINARY || (this.#opcode === CONTINUATION) !== (this.#first !== undefined))
      return this.#fault(PROTOCOL_ERROR, 'the frame does not belong here')
    if ((this.#message?.length ?? 0) + this.#length > this.#most) this.#fault(TOO_BIG, 'the message is too large')
  }

  get #isControl(): boolean {
    return this.#opcode >= CLOSE
  }

  /** Where the next frame begins, or the end of the chunk. */
  #readPayload(bytes: Buffer, at: number): number {
    if (this.#ended) return at
    const end = Math.min(bytes.length, at + this.#length - this.#came)
    const isWhole = end - at === this.#length
    if (isWhole && (this.#isControl || (this.#fin && this.#first === undefined))) {
      unmask(bytes, at, end, this.#mask)
      this.#isInFrame = false
      this.#tell(bytes.subarray(at, end))
      return end
    }
    this.#collect(bytes, at, end)
    return end
  }

  #collect(bytes: Buffer, at: number, end: number): void {
    const before = (this.#isControl ? this.#control : this.#message)?.length ?? 0
    const need = before + this.#length - this.#came
    const assembly = this.#assembly(end - at, need)
    assembly.add(bytes, at, end, need)
    this.#came += end - at
    if (this.#came < this.#length) return
    unmask(assembly.bytes, assembly.length - this.#length, assembly.length, this.#mask)
    this.#isInFrame = false
    if (!this.#isControl && !this.#fin) return void (this.#first ??= this.#opcode)
    if (this.#isControl) this.#control = undefined
    else this.#message = undefined
    this.#tell(assembly.bytes.subarray(0, assembly.length))
    assembly.release()
  }

  #assembly(first: number, need: number): Assembly {
    if (this.#isControl) return (this.#control ??= new Assembly(first, need))
    return (this.#message ??= new Assembly(first, need))
  }

  #tell(payload: Buffer): void {
    if (this.#isControl) return this.#sink.control(this.#opcode, payload)
    const opcode = this.#first ?? this.#opcode
    this.#first = undefined
    this.#sink.message(payload, opcode === BINARY)
  }

  #fault(code: number, why: string): void {
    this.end()
    this.#sink.fault(code, why)
  }
}
