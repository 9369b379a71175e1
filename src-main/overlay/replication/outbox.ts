import type { Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { MAX_FACTS_BYTES, MAX_FRAME_FACTS, type NodeRecordValue, type WireFactValue } from '../../wire/index.ts'
import type { Fact } from '../state/index.ts'
import { encodeFact, sizeOf } from './codec.ts'
import type { ReplicationPeers } from './types.ts'

/** A node that does not take facts within this is asked whether it lives at all, and another takes its place meanwhile. */
const REPLICATE_MS = 2_500
/** What waits for one node; what comes beyond is repaired by its catching up. */
const MAX_WAITING = 8_192
const MAX_WAITING_BYTES = 16 * 1024 * 1024
/** Frames on their way to one node: enough to fill the link, few enough for it to keep up. */
const MAX_FRAMES = 4

interface Entry {
  wire: WireFactValue
  bytes: number
  resolve: () => void
  reject: (error: unknown) => void
}

/** Facts on their way to one other node: in order, many in one frame, within bounds. */
export class Outbox {
  readonly #node: NodeRecordValue
  readonly #peers: ReplicationPeers
  readonly #log: Log
  #waiting: Entry[] = []
  #bytes = 0
  #frames = 0
  #scheduled: NodeJS.Immediate | undefined

  constructor(node: NodeRecordValue, peers: ReplicationPeers, log: Log) {
    this.#node = node
    this.#peers = peers
    this.#log = log
  }

  /** Resolves when the node has it on disk; rejects with its refusal, `offline`, `timeout` or `rate_limited`. */
  give(fact: Fact): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING || this.#bytes >= MAX_WAITING_BYTES)
      return Promise.reject(new ParleyError('rate_limited', 'The other node does not keep up.', { retryAfter: 1_000 }))
    return new Promise((resolve, reject) => {
      const wire = encodeFact(fact)
      const bytes = sizeOf(wire)
      this.#waiting.push({ wire, bytes, resolve, reject })
      this.#bytes += bytes
      // Everything of one turn of the event loop goes in one frame.
      this.#scheduled ??= setImmediate(() => {
        this.#scheduled = undefined
        this.#pump()
      })
    })
  }

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#frames === 0
  }

  /** Facts that wait, and frames that are on their way. */
  get size(): number {
    return this.#waiting.length + this.#frames
  }

  stop(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    this.#fail(this.#waiting.splice(0), new ParleyError('offline', 'The node is stopping.'))
    this.#bytes = 0
  }

  #pump(): void {
    while (this.#frames < MAX_FRAMES && this.#waiting.length > 0) {
      const batch = this.#next()
      this.#frames++
      this.#send(batch)
        .catch((error: unknown) => {
          this.#log.debug({ err: error }, 'another node did not take facts')
          this.#fail(batch, error)
        })
        .finally(() => {
          this.#frames--
          this.#pump()
        })
    }
  }

  #next(): Entry[] {
    let sum = 0
    let count = 0
    for (const { bytes } of this.#waiting) {
      if (count === MAX_FRAME_FACTS || (count > 0 && sum + bytes > MAX_FACTS_BYTES)) break
      sum += bytes
      count++
    }
    this.#bytes -= sum
    return this.#waiting.splice(0, count)
  }

  async #send(batch: readonly Entry[]): Promise<void> {
    const facts = batch.map(({ wire }) => wire)
    await this.#peers.request(this.#node, 'replicate', { facts }, 'ok', REPLICATE_MS)
    for (const { resolve } of batch) resolve()
  }

  #fail(batch: readonly Entry[], error: unknown): void {
    for (const { reject } of batch) reject(error)
  }
}
