import { broken } from '../failure.ts'

/** Reads a module's bytes; every length is checked before anything is taken. Throws MoveFailure. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  get at(): number {
    return this.#at
  }

  get done(): boolean {
    return this.#at === this.#end
  }

  u8(): number {
    const value = this.#at < this.#end ? this.#bytes[this.#at++] : undefined
    if (value === undefined) throw broken('the module is cut off')
    return value
  }

  take(length: number): Uint8Array {
    if (length > this.#end - this.#at) throw broken('the module is cut off')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  /** A little-endian number of `length` bytes. */
  fixed(length: number): bigint {
    return this.take(length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  }

  /** A number in ULEB128, in its shortest form and at most `max`. */
  uleb(max: number): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) throw broken('a number is not in its shortest form')
        if (value > max) throw broken('a number is too large')
        return value
      }
    }
    throw broken('a number is too large')
  }
}
