import type { NodeRecordValue } from '../../wire/index.ts'
import { CANDIDATES, HOME_NODES } from '../constants.ts'
import { dialable, mergeAddresses } from '../link/address.ts'
import { SectorMap } from '../sector/map.ts'
import type { KnownNode, NodeAddress } from '../types.ts'

/** Nodes that are remembered from what nodes say. */
const MAX_NODES = 256
/** Nodes that are kept for the next start: enough to find one that is still there. */
const MAX_KEPT = 64

interface Entry extends NodeAddress {
  nodeKey: string | undefined
  /** Its record on the ledger. */
  object?: string
  /** Given by hand, and not in the service of the registry any more: linked perhaps, and nobody's home. */
  departed?: boolean
  given: boolean
  /** Linked here once, so that its key is known to be behind its certificate. */
  proven: boolean
  /** The last dial failed. */
  dead: boolean
}

export type SetNode = Pick<Entry, 'endpoints' | 'fingerprint' | 'nodeKey'>

/** The nodes that a device knows, by fingerprint: those given by hand first, then those kept from before and those that nodes name. */
export class NodeSet {
  readonly #nodes = new Map<string, Entry>()
  readonly #map: SectorMap

  constructor(given: readonly NodeAddress[], kept: readonly KnownNode[], salts: () => Uint8Array[]) {
    this.#map = new SectorMap(salts)
    this.setGiven(given)
    for (const node of kept.slice(0, MAX_KEPT)) this.learn(node)
  }

  /** Replaces those given by hand; of the ones before, those stay whose record on the ledger was found. */
  setGiven(nodes: readonly NodeAddress[]): void {
    const given = mergeAddresses(nodes)
    const prints = new Set(given.map(({ fingerprint }) => fingerprint))
    for (const known of this.given()) if (!prints.has(known.fingerprint)) this.#giveUp(known)
    for (const { endpoints, fingerprint } of given) {
      const known = this.#nodes.get(fingerprint)
      if (known) this.#put({ ...known, endpoints, given: true })
      else this.#put({ endpoints, fingerprint, nodeKey: undefined, given: true, proven: false, dead: false })
    }
  }

  has(fingerprint: string): boolean {
    return this.#nodes.has(fingerprint)
  }

  /**
   * True when it is news. A given address stays as it was given: it may lead through a tunnel. `mayMove`: it is the
   * ledger's word, by which a node that does not answer has another place now.
   */
  learn({ nodeKey, endpoints, fingerprint, object }: KnownNode, mayMove = false): boolean {
    if (mayMove) this.#forgetMoved({ nodeKey, endpoints, fingerprint })
    const known = this.#nodes.get(fingerprint)
    if (known?.nodeKey === nodeKey) return this.#note(known, object)
    // Whoever names it may be wrong; who was linked has proven its key, and a key that is taken is not moved by a word.
    if (known?.proven || this.#map.has(nodeKey)) return false
    if (!known && this.#nodes.size >= MAX_NODES && !this.#evict()) return false
    try {
      this.#put({
        ...(known ?? { ...dialable({ endpoints, fingerprint }), given: false, proven: false, dead: false }),
        nodeKey,
        ...(object && { object }),
      })
      return true
    } catch {
      // Named by a node, and nowhere to dial: not worth more than not being learnt.
      return false
    }
  }

  /** Not in the service of the registry any more: off the map, whatever its link says of it. */
  forget({ nodeKey, fingerprint }: Pick<KnownNode, 'nodeKey' | 'fingerprint'>): void {
    const known = this.#nodes.get(fingerprint)
    if (known?.nodeKey !== nodeKey) return
    this.#map.remove(nodeKey)
    if (known.given) this.#nodes.set(fingerprint, { ...known, departed: true })
    else this.#nodes.delete(fingerprint)
  }

  /** Those that the registry may know. What was given by hand and never named with a record is not asked for. */
  checkable(): KnownNode[] {
    return [...this.#nodes.values()].flatMap(({ nodeKey, endpoints, fingerprint, object = null, given, departed }) =>
      nodeKey === undefined || departed || (given && object === null)
        ? []
        : [{ nodeKey, endpoints, fingerprint, object }],
    )
  }

  /** The node was linked and has proven its key. */
  prove(fingerprint: string, nodeKey: string): void {
    const known = this.#nodes.get(fingerprint)
    if (!known) return
    if (known.nodeKey !== undefined && known.nodeKey !== nodeKey) this.#map.remove(known.nodeKey)
    for (const other of this.#nodes.values())
      if (other.nodeKey === nodeKey && other !== known && !other.given) this.#nodes.delete(other.fingerprint)
    this.#put({ ...known, nodeKey, proven: true, dead: false })
  }

  /** The node could not be dialled, or its link broke. */
  setDead(fingerprint: string): void {
    const known = this.#nodes.get(fingerprint)
    if (known) this.#put({ ...known, dead: true })
  }

  all(): SetNode[] {
    return [...this.#nodes.values()]
  }

  given(): Entry[] {
    return [...this.#nodes.values()].filter((node) => node.given)
  }

  /** Given by hand, and neither dialled with success nor without. */
  untried(): SetNode[] {
    return [...this.#nodes.values()].filter((node) => node.given && !node.proven && !node.dead)
  }

  /** What is worth keeping for the next start. */
  toKeep(): KnownNode[] {
    return [...this.#nodes.values()]
      .flatMap(({ nodeKey, endpoints, fingerprint, object, proven }) =>
        nodeKey === undefined
          ? []
          : [{ nodeKey, endpoints: [...endpoints], fingerprint, ...(object && { object }), proven }],
      )
      .sort((a, b) => Number(b.proven) - Number(a.proven))
      .slice(0, MAX_KEPT)
      .map(({ proven: _proven, ...node }) => node)
  }

  /** For each salt in force all nodes whose key is known, nearest to the address first. */
  ranked(address: string): NodeRecordValue[][] {
    return this.#map.ranked(address, MAX_NODES)
  }

  /** The candidates of an address, nearest first; with three or fewer nodes known, all of them. */
  candidates(address: string): SetNode[] {
    return this.#few() ?? this.#map.ranked(address, CANDIDATES)[0] ?? []
  }

  /** How near a node is to an address: 0 for the nearest of its candidates, the same for all that are none. */
  placer(address: string): (node: Pick<NodeAddress, 'fingerprint'>) => number {
    const order = this.candidates(address).map(({ fingerprint }) => fingerprint)
    return ({ fingerprint }) => {
      const index = order.indexOf(fingerprint)
      return index < 0 ? order.length : index
    }
  }

  /** The living home nodes of an address under the salts in force, by fingerprint; with three or fewer known, all of them. */
  homes(address: string): SetNode[] {
    return this.#few() ?? this.#map.homes(address)
  }

  /** All in service where they are so few that everybody is home to all. */
  #few(): SetNode[] | undefined {
    const nodes = [...this.#nodes.values()].filter(({ departed }) => !departed)
    return nodes.length <= HOME_NODES ? nodes : undefined
  }

  /** Named again, with its record: that is looked at again, and whoever had departed is back. */
  #note(known: Entry, object: string | null | undefined): boolean {
    if (!object || (known.object === object && !known.departed)) return false
    this.#put({ ...known, object, departed: false })
    return true
  }

  #giveUp(known: Entry): void {
    if (known.object && !known.departed) return this.#put({ ...known, given: false })
    this.#nodes.delete(known.fingerprint)
    if (known.nodeKey !== undefined) this.#map.remove(known.nodeKey)
  }

  #forgetMoved({ nodeKey, endpoints, fingerprint }: KnownNode): void {
    for (const other of this.#nodes.values()) {
      if (!other.dead || other.given || (other.nodeKey !== nodeKey && other.fingerprint !== fingerprint)) continue
      const same = other.nodeKey === nodeKey && other.fingerprint === fingerprint
      if (same && endpoints.every((endpoint) => other.endpoints.includes(endpoint))) continue
      this.#nodes.delete(other.fingerprint)
      if (other.nodeKey !== undefined) this.#map.remove(other.nodeKey)
    }
  }

  #put(entry: Entry): void {
    this.#nodes.set(entry.fingerprint, entry)
    const { nodeKey, endpoints, fingerprint } = entry
    if (nodeKey === undefined || entry.departed) return
    this.#map.set({ nodeKey, endpoints: [...endpoints], fingerprint, object: null })
    this.#map.setAlive(nodeKey, !entry.dead)
  }

  /** Forgets the node that was only named, longest ago; false where all are known from links or by hand. */
  #evict(): boolean {
    for (const entry of this.#nodes.values()) {
      if (entry.given || entry.proven) continue
      this.#nodes.delete(entry.fingerprint)
      if (entry.nodeKey !== undefined) this.#map.remove(entry.nodeKey)
      return true
    }
    return false
  }
}
