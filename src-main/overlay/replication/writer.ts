import { sha256 } from '../../crypto/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { CANDIDATES, HOME_NODES } from '../constants.ts'
import { type Commands, type Fact, hasEnvelope, type LocalState } from '../state/index.ts'
import { keepers } from './duty.ts'
import type { Outboxes } from './outboxes.ts'
import type { ReplicationParts } from './types.ts'

/** Home nodes that have an envelope on disk before its sender is told so. */
const COPIES = 2

type MailFact = Extract<Fact, { kind: 'mail' }>

/**
 * The state as the parts of a node that serve devices see it: what they write goes to the other nodes that keep it. Mail is
 * written when two living home nodes have it on disk, one where only one is alive; everything else goes beside.
 */
export class ReplicatedWriter {
  readonly #parts: ReplicationParts
  readonly #outboxes: Outboxes

  constructor(parts: ReplicationParts, outboxes: Outboxes) {
    this.#parts = parts
    this.#outboxes = outboxes
  }

  async apply<K extends keyof Commands>(kind: K, command: Commands[K]['command']): Promise<Commands[K]['result']> {
    const { state } = this.#parts
    const result = await state.apply(kind, command)
    if (kind === 'merge') await this.#pass((command as Commands['merge']['command']).facts, result as Fact[])
    return result
  }

  async #pass(facts: readonly Fact[], news: readonly Fact[]): Promise<void> {
    const { map, self } = this.#parts
    for (const fact of news)
      if (fact.kind !== 'mail')
        this.#outboxes.spread(
          keepers(map, fact.address, fact.kind).filter(({ nodeKey }) => nodeKey !== self),
          fact,
        )
    // Also what is here already: it may be sent again because too few had it.
    await Promise.all(facts.flatMap((fact) => (fact.kind === 'mail' && this.#isKept(fact) ? this.#secure(fact) : [])))
  }

  #isKept({ address, device, bytes }: MailFact): boolean {
    return hasEnvelope(this.#parts.state.rows, 'mail', { address, device, digest: sha256(bytes) })
  }

  /** Gives the envelope to all home nodes; resolves when enough of them have it. A node that fails is stood in for. */
  #secure(mail: MailFact): Promise<void> {
    const { map, self } = this.#parts
    const tried = new Set([self])
    const failed = new Set<string>()
    const confirmed = new Set([self])
    return new Promise((resolve) => {
      const step = () => {
        const living = this.#living(mail.address, failed)
        const have = living.filter(({ nodeKey }) => confirmed.has(nodeKey)).length
        if (have >= Math.min(COPIES, living.length)) resolve()
        for (const node of [...living, ...map.homes(mail.address)]) {
          if (tried.has(node.nodeKey)) continue
          tried.add(node.nodeKey)
          this.#outboxes
            .give(node, mail)
            .then(
              () => confirmed.add(node.nodeKey),
              () => failed.add(node.nodeKey),
            )
            .finally(step)
        }
      }
      step()
    })
  }

  /** The home nodes under the newest salt without those that have just failed. */
  #living(address: string, failed: ReadonlySet<string>): NodeRecordValue[] {
    const { map } = this.#parts
    const [ranked = []] = map.ranked(address, CANDIDATES)
    return ranked.filter(({ nodeKey }) => map.isAlive(nodeKey) && !failed.has(nodeKey)).slice(0, HOME_NODES)
  }
}

/** The node's state with its writes replicated. */
export function replicatedState(state: LocalState, writer: () => ReplicatedWriter): LocalState {
  return {
    start: () => state.start(),
    stop: () => state.stop(),
    apply: (kind, command) => writer().apply(kind, command),
    onApplied: (listener) => state.onApplied(listener),
    changes: (after, limit, wanted) => state.changes(after, limit, wanted),
    get incarnation() {
      return state.incarnation
    },
    get rows() {
      return state.rows
    },
  }
}
