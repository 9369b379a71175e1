/**
 * A message of a link is one frame, or a bundle of several: one byte of type, then each frame behind its length in two bytes, big
 * endian. A bundle means what its frames mean, one after the other; it spares a busy link a message for each.
 */
const BUNDLE_TYPE = 10
/** A bundle fills one TLS record at most: what is larger gains nothing, and would be read in one go. */
export const MAX_BUNDLE_BYTES = 16 * 1024
/** Larger frames go by themselves, without a copy. */
export const MAX_BUNDLED_BYTES = 4 * 1024
const LENGTH_BYTES = 2

/** Frames on their way into one message. */
export class BundleWriter {
  #bytes = Buffer.allocUnsafeSlow(MAX_BUNDLE_BYTES)
  #end = 1
  #count = 0

  constructor() {
    this.#bytes[0] = BUNDLE_TYPE
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  get length(): number {
    return this.#count === 0 ? 0 : this.#end
  }

  /** Where in `bytes` a frame of this length is to be written; undefined where it does not fit any more. At most MAX_BUNDLED_BYTES. */
  place(length: number): number | undefined {
    const at = this.#end + LENGTH_BYTES
    if (at + length > MAX_BUNDLE_BYTES) return undefined
    this.#bytes[this.#end] = length >>> 8
    this.#bytes[this.#end + 1] = length & 0xff
    this.#end = at + length
    this.#count++
    return at
  }

  /** A message of all that was placed, a frame by itself as it is; then empty again. */
  take(): Buffer {
    const start = this.#count === 1 ? 1 + LENGTH_BYTES : 0
    const message = Buffer.allocUnsafe(this.#end - start)
    this.#bytes.copy(message, 0, start, this.#end)
    this.#end = 1
    this.#count = 0
    return message
  }
}

export function isBundle(message: Uint8Array): boolean {
  return message[0] === BUNDLE_TYPE
}

/** Where the first frame's length stands. */
export const BUNDLE_START = 1

/** Where the frame whose length stands at `at` begins. */
export function bundledStart(at: number): number {
  return at + LENGTH_BYTES
}

/** Where it ends, which is where the next one's length stands; undefined where that is beyond the bundle, or the bundle too large. */
export function bundledEnd(message: Uint8Array, at: number): number | undefined {
  const { length } = message
  if (length > MAX_BUNDLE_BYTES || at + LENGTH_BYTES > length) return undefined
  const end = at + LENGTH_BYTES + (((message[at] ?? 0) << 8) | (message[at + 1] ?? 0))
  return end > length ? undefined : end
}
