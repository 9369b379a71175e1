import { toBase58 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import type { ChangeKind, Execution, GasUsed, ObjectChange } from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import type { LedgerObject } from '../objects/index.ts'
import { ownerView } from './object-view.ts'

/** The digests that the network writes for an object that is gone, or inside another. */
const DELETED_DIGEST = toBase58(new Uint8Array(32).fill(99))
const WRAPPED_DIGEST = toBase58(new Uint8Array(32).fill(88))

/** Of objects that are no more, in effects. */
export interface GoneReference {
  objectId: string
  version: number
  digest: string
}

/** Effects as JSON: versions are numbers here and strings elsewhere, as on a node. */
export function effectsView(digest: string, execution: Execution): object {
  const { changes, status, gasId, lamportVersion } = execution
  const written = (kind: ChangeKind) =>
    changes.flatMap((change) => (change.kind === kind && change.after ? ownedReference(change.after) : []))
  const gone = (kind: ChangeKind) =>
    changes.flatMap((change) => (change.kind === kind ? goneReference(change, lamportVersion) : []))
  const gas = changes.find(({ id }) => id === gasId)?.after
  return {
    messageVersion: 'v1',
    status: status.success ? { status: 'success' } : { status: 'failure', error: status.error },
    executedEpoch: execution.epoch.toString(),
    gasUsed: gasView(execution.gasUsed),
    modifiedAtVersions: changes.flatMap(({ id, before }) =>
      before ? { objectId: id, sequenceNumber: before.version.toString() } : [],
    ),
    ...filled('sharedObjects', execution.sharedInputs.map(sharedReference)),
    transactionDigest: digest,
    ...filled('created', written('created')),
    mutated: written('mutated'),
    ...filled('unwrapped', written('unwrapped')),
    ...filled('deleted', gone('deleted')),
    ...filled('unwrappedThenDeleted', gone('unwrappedThenDeleted')),
    ...filled('wrapped', gone('wrapped')),
    gasObject: gas && ownedReference(gas),
    ...eventsDigest(execution),
    dependencies: execution.dependencies,
  }
}

export function gasView(gas: GasUsed): Record<string, string> {
  return Object.fromEntries(Object.entries(gas).map(([name, nanos]) => [name, String(nanos)]))
}

export const NO_GAS = gasView({
  computationCost: 0n,
  computationCostBurned: 0n,
  storageCost: 0n,
  storageRebate: 0n,
  nonRefundableStorageFee: 0n,
})

/** Where an object that does not exist any more was last seen; undefined for one that never was. */
export function deletedReference(node: LocalNode, id: string): GoneReference | undefined {
  const [last] = node.chain.transactions({ gone: id }, { limit: 1, descending: true })
  const change = last?.execution.changes.find((each) => each.id === id)
  return last && change && goneReference(change, last.execution.lamportVersion)
}

function goneReference({ id, kind }: ObjectChange, version: bigint): GoneReference {
  const isInside = kind === 'wrapped' || kind === 'createdThenWrapped'
  return { objectId: id, version: Number(version), digest: isInside ? WRAPPED_DIGEST : DELETED_DIGEST }
}

function ownedReference(object: LedgerObject): object {
  return {
    owner: ownerView(object.owner),
    reference: { objectId: object.id, version: Number(object.version), digest: object.digest },
  }
}

function sharedReference({ id, version, digest }: { id: string; version: bigint; digest: string }): object {
  return { objectId: id, version: Number(version), digest }
}

/** Stands in the effects' bytes, which alone are hashed. */
function eventsDigest({ events, effects }: Execution): object {
  if (events.length === 0) return {}
  const digest = bcs.TransactionEffects.parse(effects.bytes).V1?.eventsDigest
  return digest ? { eventsDigest: digest } : {}
}

/** Lists of effects that are empty are left out, as a node does. */
function filled<T>(name: string, items: T[]): Record<string, T[]> {
  return items.length > 0 ? { [name]: items } : {}
}
