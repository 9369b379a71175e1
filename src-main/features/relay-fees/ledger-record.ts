import { ParleyError } from '../../contract/index.ts'
import { eventsBack, isLive, type Ledger, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import type { ToldFees } from './types.ts'

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
  for await (const { records } of eventsBack(registry, { pages: MAX_PAGES, epoch })) {
    let found: RegisteredNode | undefined
    for (const record of records)
      if (record.nodeKey === node && isLive(record, epoch) && record.renewed > (found?.renewed ?? -1n)) found = record
    if (found) return found
  }
  return undefined
}
