import { HOME_NODES } from '../constants.ts'
import { dialable } from '../link/address.ts'
import { homeNodes } from '../sector/rank.ts'
import type { NodeAddress } from '../types.ts'

/** Nodes that are remembered from what nodes say. */
const MAX_NODES = 256

export interface KnownNode extends NodeAddress {
  nodeKey: string | undefined
}

/** The nodes that a device knows, by fingerprint: those given by hand first, then those that they name. */
export class NodeSet {
  readonly #nodes = new Map<string, KnownNode>()

  constructor(given: readonly NodeAddress[]) {
    for (const node of given) this.#nodes.set(node.fingerprint, { ...node, nodeKey: undefined })
  }

  /** True when it is news. A given address stays as it was given: it may lead through a tunnel. */
  learn({ nodeKey, ...node }: NodeAddress & { nodeKey: string }): boolean {
    const known = this.#nodes.get(node.fingerprint)
    if (known?.nodeKey === nodeKey) return false
    if (!known && this.#nodes.size >= MAX_NODES) return false
    try {
      this.#nodes.set(node.fingerprint, { ...(known ?? dialable(node)), nodeKey })
      return true
    } catch {
      // Named by a node, and nowhere to dial: not worth more than not being learnt.
      return false
    }
  }

  all(): KnownNode[] {
    return [...this.#nodes.values()]
  }

  /** Home nodes of an address, nearest first. With three or fewer known, all of them. */
  homes(address: string, salt: Uint8Array): KnownNode[] {
    const nodes = this.all()
    if (nodes.length <= HOME_NODES) return nodes
    return homeNodes(nodes.filter(hasKey), address, salt)
  }
}

function hasKey(node: KnownNode): node is KnownNode & { nodeKey: string } {
  return node.nodeKey !== undefined
}
