import type { LocalState } from '../state/index.ts'
import type { NodeService } from '../node/service.ts'
import { CatchUp } from './catch-up.ts'
import { Buckets } from '../limits/buckets.ts'
import { changesFor } from './feed.ts'
import { HandOn } from './hand-on.ts'
import { Outboxes } from './outboxes.ts'
import { FactReceiver } from './receiver.ts'
import type { ReplicationParts } from './types.ts'
import { ReplicatedWriter, replicatedState } from './writer.ts'

/** Questions of one node for changes: each looks through hundreds of rows, for nothing where none is of its business. */
const QUESTIONS = { perSecond: 200, burst: 2_000 }

/** Keeps this node's facts and those of the other home nodes alike. */
export class Replication {
  /** The node's state for those who serve devices: what they write is replicated. */
  readonly state: LocalState
  readonly service: NodeService
  readonly #parts: ReplicationParts
  readonly #outboxes: Outboxes
  readonly #receiver: FactReceiver
  readonly #catchUp: CatchUp
  readonly #handOn: HandOn
  #forget = () => {}

  constructor(parts: ReplicationParts, salts: () => Uint8Array[]) {
    this.#parts = parts
    this.#outboxes = new Outboxes(parts)
    this.#receiver = new FactReceiver(parts)
    this.#catchUp = new CatchUp(parts, this.#receiver, salts)
    this.#handOn = new HandOn(parts, this.#outboxes)
    const questions = new Buckets(parts.clock, QUESTIONS)
    const writer = new ReplicatedWriter(parts, this.#outboxes)
    this.state = replicatedState(parts.state, () => writer)
    this.service = {
      nodeFrames: {
        replicate: async (connection, node, { id, body }) => {
          await this.#receiver.receive(node, body.facts)
          connection.send('ok', id, {})
        },
        syncSince: (connection, node, { id, body }) => {
          questions.require(node.nodeKey)
          connection.send('changes', id, changesFor(parts, node.nodeKey, body))
        },
      },
      start: () => this.#start(),
      stop: () => this.#stop(),
    }
  }

  /** Facts that other nodes are to be given and have not taken yet. */
  get waiting(): number {
    return this.#outboxes.size
  }

  /** A link to another node is new, or the salt changed. */
  changed(): void {
    this.#catchUp.soon()
    this.#handOn.due()
  }

  #start(): void {
    this.#forget = this.#parts.map.onChange(() => this.changed())
    this.#catchUp.start()
    this.#handOn.start()
    this.#catchUp.soon()
  }

  #stop(): void {
    this.#forget()
    this.#catchUp.stop()
    this.#handOn.stop()
    this.#outboxes.stop()
  }
}
