import * as v from 'valibot'
import { isLive, type RegisteredNode } from '../../ledger/index.ts'
import { MAX_RECORDS } from './constants.ts'
import { idText, keyText, u64Text } from './files.ts'

const recordSchema = v.object({
  object: idText,
  owner: idText,
  nodeKey: keyText,
  profile: v.object({
    endpoints: v.array(v.string()),
    fingerprint: keyText,
    roles: u64Text,
    prices: v.object({ relayedMb: u64Text, storedMbDay: u64Text, forwardedTransaction: u64Text }),
    version: u64Text,
  }),
  stake: u64Text,
  renewed: u64Text,
  freeFrom: u64Text,
  sharedAt: u64Text,
})

/** What is known of the registry, as it is kept for a start without the ledger. */
export const knownSchema = v.object({
  packageId: idText,
  /** Where to read on. */
  cursor: v.optional(v.string()),
  epoch: u64Text,
  /** Whether there ever was a live record. */
  inForce: v.boolean(),
  records: v.pipe(v.array(recordSchema), v.maxLength(MAX_RECORDS)),
})
export type Known = v.InferOutput<typeof knownSchema>

/** JSON of it: large numbers become text, as the schema reads them. */
export function toJson(known: Known): object {
  const text = JSON.stringify(known, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  return JSON.parse(text) as object
}

/** Records in service, by their object's id. */
export class KnownRecords {
  readonly #records = new Map<string, RegisteredNode>()

  get size(): number {
    return this.#records.size
  }

  get(object: string): RegisteredNode | undefined {
    return this.#records.get(object)
  }

  all(): RegisteredNode[] {
    return [...this.#records.values()]
  }

  /** What the ledger says of these objects now; answers false where there was no room for all. */
  update(objects: Iterable<string>, found: readonly RegisteredNode[]): boolean {
    const now = new Map(found.map((record) => [record.object, record]))
    let room = true
    for (const object of objects) {
      const record = now.get(object)
      if (!record || record.freeFrom !== 0n) this.#records.delete(object)
      else if (this.#records.has(object) || this.#records.size < MAX_RECORDS) this.#records.set(object, record)
      else room = false
    }
    return room
  }

  /** Forgets those that are not live any more: a renewal makes them known again. */
  prune(epoch: bigint): void {
    for (const [object, record] of this.#records) if (!isLive(record, epoch)) this.#records.delete(object)
  }

  /** Live nodes by key. Of two records of one key the one renewed last counts, then the one with the lower id. */
  live(epoch: bigint): Map<string, RegisteredNode> {
    const nodes = new Map<string, RegisteredNode>()
    for (const record of this.#records.values()) {
      const other = nodes.get(record.nodeKey)
      if (isLive(record, epoch) && (!other || isBefore(record, other))) nodes.set(record.nodeKey, record)
    }
    return nodes
  }
}

function isBefore(one: RegisteredNode, other: RegisteredNode): boolean {
  if (one.renewed !== other.renewed) return one.renewed > other.renewed
  return one.object < other.object
}
