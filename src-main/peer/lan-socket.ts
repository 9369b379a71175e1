import type { TLSSocket } from 'node:tls'
import { MAX_BUFFERED_BYTES, MAX_LAN_UNTAKEN_BYTES } from './constants.ts'
import { MAX_DATA_FRAME_BYTES } from './data-frames.ts'

const LENGTH_BYTES = 4

/** Frames of bulk data over one TLS connection: 4 bytes length (big endian) and the frame. Reads no faster than they are taken. */
export class LanSocket {
  readonly #socket: TLSSocket
  readonly #deliver: (frame: Uint8Array<ArrayBuffer>) => void
  #rest: Buffer = Buffer.alloc(0)
  #untaken = 0

  constructor(socket: TLSSocket, deliver: (frame: Uint8Array<ArrayBuffer>) => void, closed: () => void) {
    this.#socket = socket
    this.#deliver = deliver
    socket.setTimeout(0)
    socket.setNoDelay(true)
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('close', closed)
  }

  send(frame: Uint8Array): void {
    if (this.#socket.writableLength > MAX_BUFFERED_BYTES) return this.close()
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32BE(frame.length)
    this.#socket.cork()
    this.#socket.write(length)
    this.#socket.write(frame)
    this.#socket.uncork()
  }

  /** So many bytes are dealt with: room for more. */
  taken(bytes: number): void {
    this.#untaken = Math.max(0, this.#untaken - bytes)
    if (this.#untaken < MAX_LAN_UNTAKEN_BYTES / 2) this.#socket.resume()
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    while (rest.length >= LENGTH_BYTES) {
      const length = rest.readUInt32BE(0)
      if (length === 0 || length > MAX_DATA_FRAME_BYTES) return this.close()
      if (rest.length < LENGTH_BYTES + length) break
      this.#untaken += length
      this.#deliver(new Uint8Array(rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length)))
      rest = rest.subarray(LENGTH_BYTES + length)
    }
    this.#rest = rest
    if (this.#untaken > MAX_LAN_UNTAKEN_BYTES) this.#socket.pause()
  }
}
