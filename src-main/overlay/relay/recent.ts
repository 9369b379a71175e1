import { NAME_BYTES } from './envelope-head.ts'

const NAME_WORDS = NAME_BYTES / 4
/** Places that are looked at for one envelope: whoever makes names that meet on one place loses only this memory of them. */
const MOST_PROBES = 32
const FREE = -1

/** Up to `most` envelopes, by device and name, in memory that is made once. */
class Half {
  readonly #most: number
  readonly #names: Uint32Array
  readonly #devices: string[] = []
  /** Index of an entry, or FREE. */
  readonly #places: Int32Array

  constructor(most: number) {
    this.#most = most
    this.#names = new Uint32Array(most * NAME_WORDS)
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(most * 2))).fill(FREE)
  }

  get size(): number {
    return this.#devices.length
  }

  get isFull(): boolean {
    return this.size >= this.#most
  }

  has(device: string, name: Uint32Array, hash: number): boolean {
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const entry = this.#places[(hash + probe) & (this.#places.length - 1)] ?? FREE
      if (entry === FREE) return false
      if (this.#is(entry, device, name)) return true
    }
    return false
  }

  add(device: string, name: Uint32Array, hash: number): void {
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const place = (hash + probe) & (this.#places.length - 1)
      if (this.#places[place] !== FREE) continue
      const entry = this.#devices.push(device) - 1
      this.#places[place] = entry
      this.#names.set(name, entry * NAME_WORDS)
      return
    }
  }

  clear(): void {
    this.#devices.length = 0
    this.#places.fill(FREE)
  }

  #is(entry: number, device: string, name: Uint32Array): boolean {
    const at = entry * NAME_WORDS
    for (let word = 0; word < NAME_WORDS; word++) if (this.#names[at + word] !== name[word]) return false
    return this.#devices[entry] === device
  }
}

/**
 * Envelopes by recipient and name, of which the oldest are forgotten beyond `most`: two halves, the older of which is emptied when the
 * newer is full. It makes no object for an envelope, of which a node sees a hundred thousand a second.
 */
export class RecentEnvelopes {
  #newer: Half
  #older: Half
  /** Makes where a name stands in the table unknown to who chooses the id. */
  readonly #seed: number
  readonly #bytes = Buffer.alloc(NAME_BYTES)
  readonly #name = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, NAME_WORDS)

  constructor(most: number, seed: number) {
    const half = Math.ceil(most / 2)
    this.#newer = new Half(half)
    this.#older = new Half(half)
    this.#seed = seed
  }

  get size(): number {
    return this.#newer.size + this.#older.size
  }

  /** `at`: where the name (envelope-head.ts) stands in `bytes`. */
  has(device: string, bytes: Uint8Array, at: number): boolean {
    const hash = this.#read(bytes, at)
    return this.#newer.has(device, this.#name, hash) || this.#older.has(device, this.#name, hash)
  }

  add(device: string, bytes: Uint8Array, at: number): void {
    this.#newer.add(device, this.#name, this.#read(bytes, at))
    if (!this.#newer.isFull) return
    const empty = this.#older
    empty.clear()
    this.#older = this.#newer
    this.#newer = empty
  }

  /** Takes the name into `#name`, and answers its hash (as MurmurHash3 mixes words). */
  #read(bytes: Uint8Array, at: number): number {
    for (let index = 0; index < NAME_BYTES; index++) this.#bytes[index] = bytes[at + index] ?? 0
    let hash = this.#seed
    for (let word = 0; word < NAME_WORDS; word++) {
      let mixed = Math.imul(this.#name[word] ?? 0, 0xcc9e2d51)
      mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
      hash ^= mixed
      hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    return hash ^ (hash >>> 13)
  }
}
