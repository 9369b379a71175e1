import type { NodeRecordValue } from '../../wire/index.ts'
import type { Change, Fact } from '../state/index.ts'
import { dutiesOf, isMail, keepers } from './duty.ts'
import type { Outboxes } from './outboxes.ts'
import type { ReplicationParts } from './types.ts'

const ROUND_MS = 5_000
/** Facts that are on their way at once. */
const PAGE = 128
/** Nodes that must have a fact before this one forgets it; as many as there are where there are fewer. */
const COPIES = 2

/**
 * Hands on what this node is not to keep any more, because the nodes, the salt or who is alive changed, and forgets it
 * when two of those that keep it have it on disk. What is not taken now is tried again later.
 */
export class HandOn {
  readonly #parts: ReplicationParts
  readonly #outboxes: Outboxes
  #isDue = true
  #running = false
  #working = false
  #cancel = () => {}

  constructor(parts: ReplicationParts, outboxes: Outboxes) {
    this.#parts = parts
    this.#outboxes = outboxes
  }

  start(): void {
    this.#running = true
    this.#cancel = this.#parts.clock.after(ROUND_MS, () => {
      this.start()
      if (this.#isDue)
        this.round().catch((error: unknown) => this.#parts.log.debug({ err: error }, 'facts could not be handed on'))
    })
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  /** The nodes, the salt or who is alive changed. */
  due(): void {
    this.#isDue = true
  }

  /** Hands on what can be handed on now; answers how many facts were. */
  async round(): Promise<number> {
    if (this.#working) return 0
    this.#working = true
    this.#isDue = false
    let handed = 0
    try {
      const { state, map, self } = this.#parts
      for (let after = 0; this.#running;) {
        const duty = dutiesOf(map, self)
        const { changes, next } = state.changes(after, PAGE, (address) => duty(address) !== 'mail')
        if (next === after) break
        after = next
        // A large state is looked through beside everything else.
        await new Promise((resolve) => setImmediate(resolve))
        const strange = changes.filter(({ fact }) => duty(fact.address) === 'none' || isMail(fact.kind))
        handed += await this.#hand(strange)
      }
    } finally {
      this.#working = false
    }
    return handed
  }

  async #hand(changes: readonly Change[]): Promise<number> {
    const results = await Promise.all(changes.map(({ fact }) => this.#give(fact)))
    if (results.includes(false)) this.#isDue = true
    const seqs = changes.filter(({ fact }, index) => results[index] && fact.kind !== 'revocation').map(({ seq }) => seq)
    if (seqs.length > 0) await this.#parts.state.apply('forget', { seqs })
    return seqs.length
  }

  /** True when enough of those that keep it have it. */
  async #give(fact: Fact): Promise<boolean> {
    const { map, self } = this.#parts
    const nodes = keepers(map, fact.address, fact.kind).filter((node: NodeRecordValue) => node.nodeKey !== self)
    if (nodes.length === 0) return false
    const given = await Promise.allSettled(nodes.map((node) => this.#outboxes.give(node, fact)))
    const have = given.filter(({ status }) => status === 'fulfilled').length
    return have >= Math.min(COPIES, nodes.length)
  }
}
