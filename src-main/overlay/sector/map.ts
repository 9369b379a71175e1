import type { NodeRecordValue } from '../../wire/index.ts'
import { homeNodes } from './rank.ts'

/** The nodes that are known, and who is home to an address under the salts in force. */
export class SectorMap {
  readonly #nodes = new Map<string, NodeRecordValue>()
  readonly #salts: () => Uint8Array[]

  constructor(salts: () => Uint8Array[]) {
    this.#salts = salts
  }

  set(record: NodeRecordValue): void {
    this.#nodes.set(record.nodeKey, record)
  }

  remove(nodeKey: string): void {
    this.#nodes.delete(nodeKey)
  }

  has(nodeKey: string): boolean {
    return this.#nodes.has(nodeKey)
  }

  all(): NodeRecordValue[] {
    return [...this.#nodes.values()]
  }

  /** Home nodes of the address, nearest first; those of the salt before follow while it is in force. */
  homes(address: string): NodeRecordValue[] {
    const nodes = this.all()
    const found = new Map<string, NodeRecordValue>()
    for (const salt of this.#salts()) for (const node of homeNodes(nodes, address, salt)) found.set(node.nodeKey, node)
    return [...found.values()]
  }
}
