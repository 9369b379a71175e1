import type { Execution, ObjectChange } from '../execution/index.ts'
import { coinTypeOf, coinValue, type LedgerObject, shownType } from '../objects/index.ts'
import { shownTypeOf } from './move-view.ts'
import { ownerView } from './object-view.ts'

/** What became of each object, in words. */
export function objectChangesView(sender: string, execution: Execution): object[] {
  return execution.changes.flatMap((change) => changeView(sender, execution, change) ?? [])
}

function changeView(sender: string, execution: Execution, change: ObjectChange): object | undefined {
  const { id, kind, before, after } = change
  if (after && 'Package' in after.type) return publishedView(execution, after)
  if (!after) {
    // An object that nobody saw before and that is gone again has no type to tell.
    if (!before) return undefined
    const type = kind === 'wrapped' ? 'wrapped' : 'deleted'
    const version = execution.lamportVersion.toString()
    return { type, sender, objectType: shownTypeOf(before), objectId: id, version }
  }
  const common = {
    sender,
    owner: ownerView(after.owner),
    objectType: shownTypeOf(after),
    objectId: id,
    version: after.version.toString(),
    digest: after.digest,
  }
  if (!before) return { type: 'created', ...common }
  return { type: 'mutated', ...common, previousVersion: before.version.toString() }
}

function publishedView({ published }: Execution, object: LedgerObject): object {
  return {
    type: 'published',
    packageId: object.id,
    version: object.version.toString(),
    digest: object.digest,
    modules: published?.id === object.id ? published.modules : [],
  }
}

export interface BalanceChange {
  owner: LedgerObject['owner']
  /** Canonical. */
  coinType: string
  /** In the coin's smallest unit. */
  amount: bigint
}

/** Net change of each owner's coins, fee included; who has none is left out. `ignoredId` is a coin that was invented. */
export function balanceChanges({ changes }: Pick<Execution, 'changes'>, ignoredId?: string): BalanceChange[] {
  const sums = new Map<string, BalanceChange>()
  const add = (object: LedgerObject | undefined, sign: bigint) => {
    const coinType = object && coinTypeOf(object)
    if (!object || coinType === undefined || object.id === ignoredId) return
    const key = `${JSON.stringify(object.owner)} ${coinType}`
    const known = sums.get(key)
    sums.set(key, { owner: object.owner, coinType, amount: (known?.amount ?? 0n) + sign * coinValue(object) })
  }
  for (const { before, after } of changes) {
    add(before, -1n)
    add(after, 1n)
  }
  return [...sums.values()].filter(({ amount }) => amount !== 0n)
}

export function balanceChangesView(execution: Execution, ignoredId?: string): object[] {
  return balanceChanges(execution, ignoredId).map(({ owner, coinType, amount }) => ({
    owner: ownerView(owner),
    coinType: shownType(coinType),
    amount: amount.toString(),
  }))
}
