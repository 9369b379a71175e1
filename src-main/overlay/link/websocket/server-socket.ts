import type { Duplex } from 'node:stream'
import type { LinkSocket } from '../types.ts'
import { BINARY, CLOSE, FrameReader, type FrameSink, MAX_CONTROL_BYTES, PING, PONG, PROTOCOL_ERROR } from './reader.ts'

/** The longest head of a frame without a mask. */
export const HEAD_ROOM = 10
/** Whoever has been told that the link is over ends it within this time. */
const END_MS = 2_000
/** A side that asks for pongs and does not read them gets no more of them. */
const MOST_UNREAD_FOR_PONG = 64 * 1024
const FIN = 0x80
const LENGTH_16 = 126
const LENGTH_64 = 127
const MAX_LENGTH_16 = 0xffff
const CODE_BYTES = 2
const NO_CODE = Buffer.alloc(0)

const OPEN = 1
const CLOSING = 2
const CLOSED = 3

/**
 * The node's end of a WebSocket (RFC 6455, no extensions) over an open stream: what a link needs of one and no more, as a node has
 * thousands of them and each byte comes by here. A message that is heard is valid during the call only.
 */
export class ServerSocket implements LinkSocket, FrameSink {
  readonly #stream: Duplex
  readonly #reader: FrameReader
  readyState = OPEN
  #isEnding = false
  #onMessage: (data: Buffer, binary: boolean) => void = () => {}
  #onError: (error: Error) => void = () => {}
  #onClose: () => void = () => {}

  /** `head`: what came behind the request already. */
  constructor(stream: Duplex, head: Buffer, maxPayload: number) {
    this.#stream = stream
    this.#reader = new FrameReader(this, maxPayload)
    stream.on('error', (error) => this.#onError(error))
    stream.on('end', () => this.#end())
    stream.on('close', () => this.#closed())
    if (head.length > 0) stream.unshift(head)
    stream.on('data', (chunk: Buffer) => this.#reader.read(chunk))
  }

  get OPEN(): number {
    return OPEN
  }

  get bufferedAmount(): number {
    return this.#stream.writableLength
  }

  /** One listener for each: there is one link. */
  on(event: 'message' | 'error' | 'close', listener: (...given: never[]) => void): this {
    if (event === 'message') this.#onMessage = listener as (data: Buffer, binary: boolean) => void
    else if (event === 'error') this.#onError = listener as (error: Error) => void
    else this.#onClose = listener
    return this
  }

  pause(): void {
    this.#stream.pause()
  }

  send(message: Buffer): void {
    if (this.readyState !== OPEN) return
    const head = Buffer.allocUnsafe(headBytes(message.length))
    writeHead(head, 0, BINARY, message.length)
    this.#stream.cork()
    this.#stream.write(head)
    this.#stream.write(message)
    this.#stream.uncork()
  }

  /** Sends what stands in `bytes` from `start` on, before which HEAD_ROOM bytes are free; `done` when nothing looks at them any more. */
  sendFrom(bytes: Buffer, start: number, end: number, done?: () => void): void {
    if (this.readyState !== OPEN) return
    const length = end - start
    const at = start - headBytes(length)
    writeHead(bytes, at, BINARY, length)
    this.#stream.write(bytes.subarray(at, end), done)
  }

  close(code?: number, reason = ''): void {
    if (this.readyState !== OPEN) return
    this.readyState = CLOSING
    this.#sendControl(CLOSE, code === undefined ? NO_CODE : closing(code, reason))
  }

  terminate(): void {
    this.#stream.destroy()
  }

  message(bytes: Buffer, binary: boolean): void {
    if (this.readyState === OPEN) this.#onMessage(bytes, binary)
  }

  control(opcode: number, payload: Buffer): void {
    if (opcode === PING && this.readyState === OPEN && this.bufferedAmount < MOST_UNREAD_FOR_PONG)
      this.#sendControl(PONG, payload)
    if (opcode !== CLOSE) return
    if (payload.length === 1) return this.fault(PROTOCOL_ERROR, 'the closing frame cannot be read')
    this.#reader.end()
    if (this.readyState === OPEN) this.#sendControl(CLOSE, payload.subarray(0, CODE_BYTES))
    this.#end()
  }

  fault(code: number, why: string): void {
    this.close(code)
    this.#end()
    this.#onError(new Error(why))
  }

  /** Both sides have said all. */
  #end(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.readyState = CLOSING
    this.#stream.end()
    const timer = setTimeout(() => this.#stream.destroy(), END_MS)
    this.#stream.once('close', () => clearTimeout(timer))
  }

  #sendControl(opcode: number, payload: Buffer): void {
    const frame = Buffer.allocUnsafe(2 + payload.length)
    writeHead(frame, 0, opcode, payload.length)
    payload.copy(frame, 2)
    this.#stream.write(frame)
  }

  #closed(): void {
    this.#reader.end()
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.#onClose()
  }
}

function closing(code: number, reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, MAX_CONTROL_BYTES - CODE_BYTES)
  const payload = Buffer.alloc(CODE_BYTES + text.length)
  payload.writeUInt16BE(code)
  text.copy(payload, CODE_BYTES)
  return payload
}

function headBytes(length: number): number {
  return length < LENGTH_16 ? 2 : length <= MAX_LENGTH_16 ? 4 : HEAD_ROOM
}

function writeHead(out: Buffer, at: number, opcode: number, length: number): void {
  const bytes = headBytes(length)
  out[at] = FIN | opcode
  out[at + 1] = bytes === 2 ? length : bytes === 4 ? LENGTH_16 : LENGTH_64
  if (bytes === 4) out.writeUInt16BE(length, at + 2)
  if (bytes !== HEAD_ROOM) return
  out.writeUInt32BE(0, at + 2)
  out.writeUInt32BE(length, at + 6)
}
