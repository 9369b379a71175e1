import { eventsBack, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import { MAX_OWN_PAGES } from './constants.ts'

/**
 * Every record of an account that stands on the ledger, whatever its state, the one renewed last first: found by what the account did, so that
 * it needs nothing but its address. A record that is not on the map any more is still behind its stake.
 */
export async function ownRecords(registry: NodeRegistry, owner: string): Promise<RegisteredNode[]> {
  const found = new Map<string, RegisteredNode>()
  for await (const { records } of eventsBack(registry, { pages: MAX_OWN_PAGES, sender: owner }))
    // A ledger may name what is somebody else's.
    for (const record of records) if (record.owner === owner) found.set(record.object, record)
  return [...found.values()].sort((one, other) => Number(other.renewed - one.renewed))
}
