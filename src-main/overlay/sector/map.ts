import { toHex } from '../../base/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { HOME_NODES } from '../constants.ts'
import { SectorRing } from './ring.ts'

/** The nodes that are known, and who is home to an address under the salts in force. */
export class SectorMap {
  readonly #nodes = new Map<string, NodeRecordValue>()
  readonly #salts: () => Uint8Array[]
  /** One ring per salt in force, by the salt in hex. */
  #rings = new Map<string, SectorRing<NodeRecordValue>>()

  constructor(salts: () => Uint8Array[]) {
    this.#salts = salts
  }

  set(record: NodeRecordValue): void {
    this.#nodes.set(record.nodeKey, record)
    for (const ring of this.#rings.values()) ring.set(record)
  }

  remove(nodeKey: string): void {
    this.#nodes.delete(nodeKey)
    for (const ring of this.#rings.values()) ring.remove(nodeKey)
  }

  has(nodeKey: string): boolean {
    return this.#nodes.has(nodeKey)
  }

  all(): NodeRecordValue[] {
    return [...this.#nodes.values()]
  }

  /** Home nodes of the address, nearest first; those of the salt before follow while it is in force. */
  homes(address: string): NodeRecordValue[] {
    const found = new Map<string, NodeRecordValue>()
    for (const ring of this.#inForce())
      for (const node of ring.nearest(address, HOME_NODES)) found.set(node.nodeKey, node)
    return [...found.values()]
  }

  /** The share of all addresses that a node is home to under the newest salt; 0 where it is not on the map. */
  share(nodeKey: string): number {
    const [ring] = this.#inForce()
    const node = this.#nodes.get(nodeKey)
    return (ring && node && ring.shares(HOME_NODES).get(node)) ?? 0
  }

  /** The rings of the salts in force; one that is not any more is forgotten. */
  #inForce(): SectorRing<NodeRecordValue>[] {
    const rings = new Map<string, SectorRing<NodeRecordValue>>()
    for (const salt of this.#salts()) {
      const key = toHex(salt)
      rings.set(key, this.#rings.get(key) ?? new SectorRing(salt, this.#nodes.values()))
    }
    this.#rings = rings
    return [...rings.values()]
  }
}
