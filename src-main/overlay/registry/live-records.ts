import { eventsBack, isLive, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'

/** Pages of one look: two questions each. */
const PAGES = 4
/** Enough to begin with: so many nodes do not fail at once, and one owner's events alone do not end the look. */
const ENOUGH = 25

/**
 * Live nodes by the newest events of a registry. What one look leaves is for the next: whoever fills the log with events
 * of his own nodes hides others for so long only. In a small network one look finds all.
 */
export class LiveRecords {
  #cursor: string | undefined

  /** One record for each key. Throws as the registry does. */
  async next(registry: NodeRegistry, epoch: bigint): Promise<RegisteredNode[]> {
    const found = new Map<string, RegisteredNode>()
    const from = this.#cursor
    // A place that the ledger does not know any more is not asked for again.
    this.#cursor = undefined
    let next: string | undefined
    for await (const { page, records, isLast } of eventsBack(registry, { pages: PAGES, epoch, cursor: from })) {
      for (const record of records) {
        const other = found.get(record.nodeKey)
        if (isLive(record, epoch) && (!other || record.renewed > other.renewed)) found.set(record.nodeKey, record)
      }
      next = isLast ? undefined : page.cursor
      if (found.size >= ENOUGH) break
    }
    this.#cursor = next
    return [...found.values()]
  }
}
