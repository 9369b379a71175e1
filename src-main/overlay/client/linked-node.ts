import { ParleyError } from '../../contract/index.ts'
import { postageAsked } from '../fees/asks.ts'
import type { LinkedNode } from '../fees/linked-node.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'

/** A link as others use it. */
export function linkedNode(links: Links, link: NodeLink): LinkedNode {
  return {
    nodeKey: link.nodeKey ?? '',
    endpoint: link.node.endpoints[0] ?? '',
    home: links.isHome(link),
    request: (name, body, answer, ms) => link.request(name, body, answer, ms),
  }
}

/** What another node would say as well; not that it wants to be paid for its service. Postage takes more than another node. */
export function isRefusal(error: unknown): boolean {
  if (postageAsked(error) !== undefined) return true
  return error instanceof ParleyError && !['offline', 'timeout', 'payment_required'].includes(error.code)
}
