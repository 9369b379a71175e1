import { ParleyError } from '../../contract/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import type { Fact } from '../state/index.ts'
import { Outbox } from './outbox.ts'
import type { ReplicationParts } from './types.ts'

/** One outbox for each node that facts are given to; those with nothing in them are forgotten beyond this, and where all have, no more nodes are given anything. */
const MAX_OUTBOXES = 1_024

/** Gives facts to other nodes. */
export class Outboxes {
  readonly #parts: ReplicationParts
  readonly #outboxes = new Map<string, Outbox>()

  constructor(parts: ReplicationParts) {
    this.#parts = parts
  }

  /** See Outbox.give. */
  give(node: NodeRecordValue, fact: Fact): Promise<void> {
    let outbox = this.#outboxes.get(node.nodeKey)
    if (!outbox) {
      if (this.#outboxes.size >= MAX_OUTBOXES) this.#prune()
      if (this.#outboxes.size >= MAX_OUTBOXES)
        return Promise.reject(new ParleyError('rate_limited', 'Too many nodes do not keep up.', { retryAfter: 1_000 }))
      outbox = new Outbox(node, this.#parts.peers, this.#parts.log)
      this.#outboxes.set(node.nodeKey, outbox)
    }
    return outbox.give(fact)
  }

  /** Best effort: what does not arrive is found by the other node when it catches up. */
  spread(nodes: readonly NodeRecordValue[], fact: Fact): void {
    for (const node of nodes) if (this.#parts.map.isAlive(node.nodeKey)) this.give(node, fact).catch(() => {})
  }

  /** What other nodes have not taken yet. */
  get size(): number {
    let size = 0
    for (const outbox of this.#outboxes.values()) size += outbox.size
    return size
  }

  stop(): void {
    for (const outbox of this.#outboxes.values()) outbox.stop()
    this.#outboxes.clear()
  }

  #prune(): void {
    for (const [key, outbox] of this.#outboxes) if (outbox.idle) this.#outboxes.delete(key)
  }
}
