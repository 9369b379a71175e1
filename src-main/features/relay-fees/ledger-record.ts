import { ParleyError } from '../../contract/index.ts'
import { isLive, type Ledger, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import type { ToldFees } from './types.ts'

const EVENT_PAGE = 50
/** 2,000 events: the renewals of a thousand nodes in two epochs. In a larger network a node is named by others, with its record. */
const MAX_PAGES = 40

type Registries = Pick<Ledger, 'registry' | 'epoch'>

/**
 * A node's record on the ledger: the one that it names or, where it names none, the live one of its key. Undefined where it is not
 * registered. Throws `conflict` where the one named is not its own.
 */
export async function recordOf(ledger: Registries, node: string, told: ToldFees): Promise<RegisteredNode | undefined> {
  const registry = await ledger.registry()
  const named = told.payee?.record ?? null
  if (named === null) return registry && findLive(registry, (await ledger.epoch()).epoch, node)
  const [record] = (await registry?.records([named])) ?? []
  if (record?.nodeKey === node) return record
  throw new ParleyError('conflict', 'This node names a record on the ledger that is not its own.', {
    reason: 'other_record',
  })
}

/** What the node tells must be what its record on the ledger says. Throws `conflict` with reason `other_prices`. */
export function compareWithRecord({ payee, prices }: ToldFees, record: RegisteredNode | undefined): void {
  if (!record) return
  const { relayedMb, storedMbDay, forwardedTransaction } = record.profile.prices
  const same =
    record.owner === payee?.owner &&
    relayedMb === prices.relayedMb &&
    storedMbDay === prices.storedMbDay &&
    forwardedTransaction === prices.forwardedTransaction
  if (!same)
    throw new ParleyError('conflict', 'This node asks for other prices than it is registered with.', {
      reason: 'other_prices',
    })
}

/** Of two records of one key the one renewed last counts, as everywhere. */
async function findLive(registry: NodeRegistry, epoch: bigint, node: string): Promise<RegisteredNode | undefined> {
  let cursor: string | undefined
  let found: RegisteredNode | undefined
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await registry.events({ order: 'newest', limit: EVENT_PAGE, ...(cursor && { cursor }) })
    const records = await registry.records([...new Set(page.events.map(({ object }) => object))])
    for (const record of records)
      if (record.nodeKey === node && isLive(record, epoch) && record.renewed > (found?.renewed ?? -1n)) found = record
    const isOld = page.events.some((event) => event.epoch !== undefined && event.epoch + 1n < epoch)
    if (found || !page.more || isOld) return found
    cursor = page.cursor
  }
  return undefined
}
