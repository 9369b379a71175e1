import { coinValue, IOTA_TYPE, type LedgerObject, ownerAddress } from '../objects/index.ts'
import type { Execution, GasUsed } from '../execution/index.ts'
import { typeText } from './object-view.ts'

/** The digest that the network writes for an object that is gone (32 bytes of 99). */
const DELETED_DIGEST = '7gyGAp71YXQRoxmFBaHxofQXAipvgHyBKPyxmdSJxyvz'

/** Effects as JSON: versions are numbers here and strings elsewhere, as on a node. */
export function effectsView(digest: string, execution: Execution): object {
  const { changes, status, gasId } = execution
  const created = changes.flatMap(({ before, after }) => (!before && after ? ownedReference(after) : []))
  const mutated = changes.flatMap(({ before, after }) => (before && after ? ownedReference(after) : []))
  const deleted = changes.flatMap(({ id, after }) =>
    after ? [] : { objectId: id, version: Number(execution.lamportVersion), digest: DELETED_DIGEST },
  )
  const gas = changes.find(({ id }) => id === gasId)?.after
  return {
    messageVersion: 'v1',
    status: status.success ? { status: 'success' } : { status: 'failure', error: status.error },
    executedEpoch: execution.epoch.toString(),
    gasUsed: gasView(execution.gasUsed),
    modifiedAtVersions: changes.flatMap(({ id, before }) =>
      before ? { objectId: id, sequenceNumber: before.version.toString() } : [],
    ),
    transactionDigest: digest,
    ...(created.length > 0 ? { created } : {}),
    mutated,
    ...(deleted.length > 0 ? { deleted } : {}),
    gasObject: gas && ownedReference(gas),
    dependencies: execution.dependencies,
  }
}

export function gasView(gas: GasUsed): Record<string, string> {
  return Object.fromEntries(Object.entries(gas).map(([name, nanos]) => [name, String(nanos)]))
}

/** What became of each object, in words. */
export function objectChangesView(sender: string, { changes, lamportVersion }: Execution): object[] {
  return changes.map(({ id, before, after }) => {
    if (!after)
      return {
        type: 'deleted',
        sender,
        objectType: before && typeText(before),
        objectId: id,
        version: String(lamportVersion),
      }
    const common = {
      sender,
      owner: after.owner,
      objectType: typeText(after),
      objectId: id,
      version: after.version.toString(),
      digest: after.digest,
    }
    return before
      ? { type: 'mutated', ...common, previousVersion: before.version.toString() }
      : { type: 'created', ...common }
  })
}

/** Net NANOS per address, fee included; addresses without a change are left out. */
export function balanceChangesView({ changes }: Execution): object[] {
  const sums = new Map<string, bigint>()
  const add = (object: LedgerObject | undefined, sign: bigint) => {
    const owner = object && ownerAddress(object.owner)
    if (object && owner) sums.set(owner, (sums.get(owner) ?? 0n) + sign * coinValue(object))
  }
  for (const { before, after } of changes) {
    add(before, -1n)
    add(after, 1n)
  }
  return [...sums]
    .filter(([, nanos]) => nanos !== 0n)
    .map(([AddressOwner, nanos]) => ({ owner: { AddressOwner }, coinType: IOTA_TYPE, amount: nanos.toString() }))
}

function ownedReference(object: LedgerObject): object {
  return {
    owner: object.owner,
    reference: { objectId: object.id, version: Number(object.version), digest: object.digest },
  }
}
