const ID_WORDS = 4
const ID_BYTES = 16
/** Places that are looked at for one envelope: whoever makes ids that meet on one place loses only this memory of them. */
const MOST_PROBES = 32
const FREE = -1

/** Up to `most` envelopes, by device and id, in memory that is made once. */
class Half {
  readonly #most: number
  readonly #ids: Uint32Array
  readonly #devices: string[] = []
  /** Index of an entry, or FREE. */
  readonly #places: Int32Array

  constructor(most: number) {
    this.#most = most
    this.#ids = new Uint32Array(most * ID_WORDS)
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(most * 2))).fill(FREE)
  }

  get size(): number {
    return this.#devices.length
  }

  get isFull(): boolean {
    return this.size >= this.#most
  }

  has(device: string, id: Uint32Array, hash: number): boolean {
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const entry = this.#places[(hash + probe) & (this.#places.length - 1)] ?? FREE
      if (entry === FREE) return false
      if (this.#is(entry, device, id)) return true
    }
    return false
  }

  add(device: string, id: Uint32Array, hash: number): void {
    for (let probe = 0; probe < MOST_PROBES; probe++) {
      const place = (hash + probe) & (this.#places.length - 1)
      if (this.#places[place] !== FREE) continue
      const entry = this.#devices.push(device) - 1
      this.#places[place] = entry
      this.#ids.set(id, entry * ID_WORDS)
      return
    }
  }

  clear(): void {
    this.#devices.length = 0
    this.#places.fill(FREE)
  }

  #is(entry: number, device: string, id: Uint32Array): boolean {
    const at = entry * ID_WORDS
    for (let word = 0; word < ID_WORDS; word++) if (this.#ids[at + word] !== id[word]) return false
    return this.#devices[entry] === device
  }
}

/**
 * Envelopes by recipient and id, of which the oldest are forgotten beyond `most`: two halves, the older of which is emptied when the
 * newer is full. It makes no object for an envelope, of which a node sees a hundred thousand a second.
 */
export class RecentEnvelopes {
  #newer: Half
  #older: Half
  /** Makes where an id stands in the table unknown to who chooses the id. */
  readonly #seed: number
  readonly #bytes = Buffer.alloc(ID_BYTES)
  readonly #id = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, ID_WORDS)

  constructor(most: number, seed: number) {
    const half = Math.ceil(most / 2)
    this.#newer = new Half(half)
    this.#older = new Half(half)
    this.#seed = seed
  }

  get size(): number {
    return this.#newer.size + this.#older.size
  }

  /** `at`: where the 16 bytes of the id stand in `bytes`. */
  has(device: string, bytes: Uint8Array, at: number): boolean {
    const hash = this.#read(bytes, at)
    return this.#newer.has(device, this.#id, hash) || this.#older.has(device, this.#id, hash)
  }

  add(device: string, bytes: Uint8Array, at: number): void {
    this.#newer.add(device, this.#id, this.#read(bytes, at))
    if (!this.#newer.isFull) return
    const empty = this.#older
    empty.clear()
    this.#older = this.#newer
    this.#newer = empty
  }

  /** Takes the id into `#id`, and answers its hash (as MurmurHash3 mixes words). */
  #read(bytes: Uint8Array, at: number): number {
    for (let index = 0; index < ID_BYTES; index++) this.#bytes[index] = bytes[at + index] ?? 0
    let hash = this.#seed
    for (let word = 0; word < ID_WORDS; word++) {
      let mixed = Math.imul(this.#id[word] ?? 0, 0xcc9e2d51)
      mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593)
      hash ^= mixed
      hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    return hash ^ (hash >>> 13)
  }
}
