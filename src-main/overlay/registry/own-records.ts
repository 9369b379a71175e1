import type { NodeRegistry, RegisteredNode } from '../../ledger/index.ts'
import { EVENT_PAGE, MAX_OWN_PAGES } from './constants.ts'

/**
 * Every record of an account that stands on the ledger, whatever its state, the one renewed last first: found by what the account did, so that
 * it needs nothing but its address. A record that is not on the map any more is still behind its stake.
 */
export async function ownRecords(registry: NodeRegistry, owner: string): Promise<RegisteredNode[]> {
  const found = new Map<string, RegisteredNode>()
  const seen = new Set<string>()
  let cursor: string | undefined
  for (let pages = 0; pages < MAX_OWN_PAGES; pages++) {
    const query = { order: 'newest', limit: EVENT_PAGE, sender: owner } as const
    const page = await registry.events({ ...query, ...(cursor && { cursor }) })
    const unread = [...new Set(page.events.map(({ object }) => object))].filter((object) => !seen.has(object))
    for (const object of unread) seen.add(object)
    // A ledger may name what is somebody else's.
    for (const record of await registry.records(unread)) if (record.owner === owner) found.set(record.object, record)
    cursor = page.cursor
    if (!page.more) break
  }
  return [...found.values()].sort((one, other) => Number(other.renewed - one.renewed))
}
