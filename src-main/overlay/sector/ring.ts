import { fromHex, utf8 } from '../../base/index.ts'
import { addressBytes, hash256, type NodeRecordValue } from '../../wire/index.ts'

const SECTOR = utf8('parley/sector/1')
const NODE = utf8('parley/node/1')

interface Placed<N> {
  node: N
  /** Where the node stands under the salt, 32 bytes. */
  point: Uint8Array
}

/** Places `low` to before `high`, whose points agree in every bit before `bit`. */
interface Range {
  low: number
  high: number
  bit: number
}

/**
 * The nodes under one salt, sorted by their point, so that the nearest to an address by XOR distance (PROTOCOL section 4)
 * are found without looking at all of them: the sorted list is read as a binary trie, bit by bit. A node's point is hashed
 * once; a lookup costs one hash and O(log² n) comparisons.
 */
export class SectorRing<N extends Pick<NodeRecordValue, 'nodeKey'>> {
  readonly #salt: Uint8Array
  #placed: Placed<N>[] = []

  constructor(salt: Uint8Array, nodes: Iterable<N> = []) {
    this.#salt = salt
    for (const node of nodes) this.#placed.push(this.#place(node))
    this.#placed.sort((a, b) => Buffer.compare(a.point, b.point))
  }

  get size(): number {
    return this.#placed.length
  }

  /** Adds the node, or replaces the one with its key. */
  set(node: N): void {
    const placed = this.#place(node)
    const at = this.#from(placed.point)
    const found = this.#placed[at]
    this.#placed.splice(at, found?.node.nodeKey === node.nodeKey ? 1 : 0, placed)
  }

  remove(nodeKey: string): void {
    const at = this.#from(this.#pointOf(nodeKey))
    if (this.#placed[at]?.node.nodeKey === nodeKey) this.#placed.splice(at, 1)
  }

  /** The `count` nodes nearest to the address, nearest first. */
  nearest(address: string, count: number): N[] {
    return this.#nearestTo(hash256(SECTOR, this.#salt, addressBytes(address)), count)
  }

  /** The `count` nodes nearest to a node's own place; itself first where it is in the ring. */
  near(nodeKey: string, count: number): N[] {
    return this.#nearestTo(this.#pointOf(nodeKey), count)
  }

  #nearestTo(target: Uint8Array, count: number): N[] {
    const found: N[] = []
    this.#collect({ low: 0, high: this.#placed.length, bit: 0 }, target, count, found)
    return found
  }

  /** The share of all addresses for which each node is among the `count` nearest: exact, without looking at any address. */
  shares(count: number): Map<N, number> {
    const shares = new Map<N, number>()
    this.#share({ low: 0, high: this.#placed.length, bit: 0 }, 1, count, shares)
    return shares
  }

  /** `weight` of the addresses find their `count` nearest within the range; half of it has either next bit. */
  #share(range: Range, weight: number, count: number, shares: Map<N, number>): void {
    const { low, high, bit } = range
    if (high - low <= count || bit === 256) {
      for (const { node } of this.#placed.slice(low, high)) shares.set(node, (shares.get(node) ?? 0) + weight)
      return
    }
    const middle = this.#firstOne(low, high, bit)
    const zeros = { low, high: middle, bit: bit + 1 }
    const ones = { low: middle, high, bit: bit + 1 }
    if (middle === low || middle === high) return this.#share({ low, high, bit: bit + 1 }, weight, count, shares)
    for (const [near, far] of [
      [zeros, ones],
      [ones, zeros],
    ] as const) {
      const within = Math.min(near.high - near.low, count)
      this.#share(near, weight / 2, within, shares)
      if (within < count) this.#share(far, weight / 2, count - within, shares)
    }
  }

  /** Reads the half whose next bit is the target's before the other: that is the order of XOR distance. */
  #collect(range: Range, target: Uint8Array, count: number, found: N[]): void {
    const { low, high, bit } = range
    if (low >= high || found.length >= count) return
    const only = this.#placed[low]
    if (only && (high - low === 1 || bit === 256)) {
      found.push(only.node)
      return
    }
    const middle = this.#firstOne(low, high, bit)
    const zeros = { low, high: middle, bit: bit + 1 }
    const ones = { low: middle, high, bit: bit + 1 }
    const [near, far] = bitAt(target, bit) === 0 ? [zeros, ones] : [ones, zeros]
    this.#collect(near, target, count, found)
    this.#collect(far, target, count, found)
  }

  /** Within a range that agrees up to `bit`: the first place whose point has a one there. */
  #firstOne(low: number, high: number, bit: number): number {
    return bisect(low, high, (at) => bitAt(this.#pointAt(at), bit) === 1)
  }

  /** The first place whose point is not before this one. */
  #from(point: Uint8Array): number {
    return bisect(0, this.#placed.length, (at) => Buffer.compare(this.#pointAt(at), point) >= 0)
  }

  #pointAt(at: number): Uint8Array {
    const placed = this.#placed[at]
    if (!placed) throw new RangeError('no node at this place')
    return placed.point
  }

  #place(node: N): Placed<N> {
    return { node, point: this.#pointOf(node.nodeKey) }
  }

  #pointOf(nodeKey: string): Uint8Array {
    return hash256(NODE, this.#salt, fromHex(nodeKey))
  }
}

/** The first of `low`..`high` for which `holds`, given that it holds for all after that one; `high` where there is none. */
function bisect(low: number, high: number, holds: (at: number) => boolean): number {
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

function bitAt(bytes: Uint8Array, bit: number): number {
  return ((bytes[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1
}
