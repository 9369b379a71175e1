import { HourSums, type Clock, type Traffic } from '../../base/index.ts'
import type { FrameMeter } from '../link/types.ts'
import type { NodeLink } from './node-link.ts'
import type { OverlayOptions } from './options.ts'

/** Nodes that are told apart; what others carry counts in the sums alone. */
const MAX_NODES = 512

/** Bytes of frames on links to nodes, by node and by hour, since the program started. */
export class NodeTraffic {
  readonly #sums: HourSums
  readonly #nodes = new Map<string, FrameMeter>()

  constructor(clock: Clock) {
    this.#sums = new HourSums(clock)
  }

  /** Counts for the node with this certificate. */
  meterOf(fingerprint: string): FrameMeter {
    const sums = this.#sums
    const totals = this.#nodes.get(fingerprint) ?? { sent: 0, received: 0 }
    if (this.#nodes.size < MAX_NODES) this.#nodes.set(fingerprint, totals)
    return {
      get sent() {
        return totals.sent
      },
      set sent(bytes) {
        sums.add({ sent: bytes - totals.sent, received: 0 })
        totals.sent = bytes
      },
      get received() {
        return totals.received
      },
      set received(bytes) {
        sums.add({ sent: 0, received: bytes - totals.received })
        totals.received = bytes
      },
    }
  }

  of(fingerprint: string): Traffic {
    const { sent, received } = this.#nodes.get(fingerprint) ?? { sent: 0, received: 0 }
    return { sent, received }
  }

  /** What each of these nodes has carried. */
  nodes(links: readonly Pick<NodeLink, 'node' | 'nodeKey'>[], registry: OverlayOptions['registry']) {
    return links.map(({ node, nodeKey }) => ({
      endpoint: node.endpoints[0] ?? '',
      nodeKey,
      registered: nodeKey !== undefined && registry?.isRegistered(nodeKey, node.fingerprint) === true,
      traffic: this.of(node.fingerprint),
    }))
  }

  hours(): { at: number; traffic: Traffic }[] {
    return this.#sums.hours()
  }
}
