import { toHex } from '../../base/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { CANDIDATES, HOME_NODES } from '../constants.ts'
import { SectorRing } from './ring.ts'

type Ring = SectorRing<NodeRecordValue>

/** The nodes that are known, which of them are alive, and who is home to an address under the salts in force. */
export class SectorMap {
  readonly #nodes = new Map<string, NodeRecordValue>()
  /** Node keys that could not be reached when they were last tried; what was never tried is not here. */
  readonly #dead = new Set<string>()
  readonly #salts: () => Uint8Array[]
  readonly #listeners = new Set<() => void>()
  /** One ring per salt in force, by the salt in hex. */
  #rings = new Map<string, Ring>()

  constructor(salts: () => Uint8Array[]) {
    this.#salts = salts
  }

  set(record: NodeRecordValue): void {
    this.#nodes.set(record.nodeKey, record)
    for (const ring of this.#rings.values()) ring.set(record)
    this.#changed()
  }

  remove(nodeKey: string): void {
    this.#dead.delete(nodeKey)
    if (!this.#nodes.delete(nodeKey)) return
    for (const ring of this.#rings.values()) ring.remove(nodeKey)
    this.#changed()
  }

  has(nodeKey: string): boolean {
    return this.#nodes.has(nodeKey)
  }

  get(nodeKey: string): NodeRecordValue | undefined {
    return this.#nodes.get(nodeKey)
  }

  get size(): number {
    return this.#nodes.size
  }

  all(): NodeRecordValue[] {
    return [...this.#nodes.values()]
  }

  /** Told after every change of the nodes or of who is alive. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  isAlive(nodeKey: string): boolean {
    return !this.#dead.has(nodeKey)
  }

  setAlive(nodeKey: string, alive: boolean): void {
    if (alive === this.isAlive(nodeKey) || !this.#nodes.has(nodeKey)) return
    if (alive) this.#dead.delete(nodeKey)
    else this.#dead.add(nodeKey)
    this.#changed()
  }

  /** The nearest six whoever is alive, nearest first; those of the salt before follow while it is in force. */
  candidates(address: string): NodeRecordValue[] {
    return this.#each((ring) => ring.nearest(address, CANDIDATES))
  }

  /** The nearest three whoever is alive; those of the salt before follow while it is in force. */
  assigned(address: string): NodeRecordValue[] {
    return this.#each((ring) => ring.nearest(address, HOME_NODES))
  }

  /** Home nodes: the nearest three living candidates; those of the salt before follow while it is in force. */
  homes(address: string): NodeRecordValue[] {
    return this.#each((ring) => this.#living(ring, address))
  }

  /** Home nodes under the newest salt alone. */
  newestHomes(address: string): NodeRecordValue[] {
    const [ring] = this.#inForce()
    return ring ? this.#living(ring, address) : []
  }

  /** The nearest nodes whoever is alive, for each salt in force by itself, the newest first. */
  ranked(address: string, count: number): NodeRecordValue[][] {
    return this.#inForce().map((ring) => ring.nearest(address, count))
  }

  /** The nodes nearest to a node's own place under each salt in force, itself left out: those that share addresses with it. */
  near(nodeKey: string, count: number): NodeRecordValue[] {
    return this.#each((ring) => ring.near(nodeKey, count + 1)).filter((node) => node.nodeKey !== nodeKey)
  }

  /** The share of all addresses that a node is home to under the newest salt; 0 where it is not on the map. */
  share(nodeKey: string): number {
    const [ring] = this.#inForce()
    const node = this.#nodes.get(nodeKey)
    return (ring && node && ring.shares(HOME_NODES).get(node)) ?? 0
  }

  #living(ring: Ring, address: string): NodeRecordValue[] {
    return ring
      .nearest(address, CANDIDATES)
      .filter(({ nodeKey }) => this.isAlive(nodeKey))
      .slice(0, HOME_NODES)
  }

  #each(read: (ring: Ring) => NodeRecordValue[]): NodeRecordValue[] {
    const found = new Map<string, NodeRecordValue>()
    for (const ring of this.#inForce()) for (const node of read(ring)) found.set(node.nodeKey, node)
    return [...found.values()]
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  /** The rings of the salts in force; one that is not any more is forgotten. */
  #inForce(): Ring[] {
    const rings = new Map<string, Ring>()
    for (const salt of this.#salts()) {
      const key = toHex(salt)
      rings.set(key, this.#rings.get(key) ?? new SectorRing(salt, this.#nodes.values()))
    }
    this.#rings = rings
    return [...rings.values()]
  }
}
