import { bcs as core } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { ByteVector } from '../../../wire/index.ts'
import { digestText, type LedgerObject, type Owner, structTagOf, typedHash } from '../objects/index.ts'
import type { ChainEvent } from '../types.ts'
import { type EffectsRest, encodeEffectsV1 } from './effects-codec.ts'
import type { ChangeKind, ExecutionStatus, GasUsed, ObjectChange, SharedInput } from './types.ts'

/** Effects of 2,048 inputs and as many writes stay below this; 1,024 events are bounded by what a transaction may compute. */
const MAX_EFFECTS_BYTES = 2 * 1024 * 1024
const MAX_EVENTS_BYTES = 512 * 1024 * 1024

export interface EffectsFields {
  status: ExecutionStatus
  epoch: bigint
  gasUsed: GasUsed
  digest: string
  /** Sorted by id. */
  changes: ObjectChange[]
  gasId: string
  /** Digests of the transactions that wrote the inputs, sorted. */
  dependencies: string[]
  lamportVersion: bigint
  sharedInputs: readonly SharedInput[]
  events: readonly ChainEvent[]
}

/** BCS of TransactionEffects and its digest, base58. */
export function encodeEffects(fields: EffectsFields): { bytes: Uint8Array; digest: string } {
  const rest = {
    executedEpoch: fields.epoch,
    gasUsed: fields.gasUsed,
    transactionDigest: fields.digest,
    gasObjectIndex: fields.changes.findIndex(({ id }) => id === fields.gasId),
    eventsDigest: fields.events.length > 0 ? eventsDigest(fields.events) : null,
    dependencies: fields.dependencies,
    lamportVersion: fields.lamportVersion,
    changedObjects: fields.changes.map((change) => [change.id, changeValue(change)]),
    unchangedSharedObjects: fields.sharedInputs
      .filter(({ mutable }) => !mutable)
      .map(({ id, version, digest }) => [id, { ReadOnlyRoot: [version, digest] }]),
    auxDataDigest: null,
  }
  const bytes = encodeEffectsV1(fields.status, rest as unknown as EffectsRest, MAX_EFFECTS_BYTES)
  return { bytes, digest: digestText(typedHash('TransactionEffects', bytes)) }
}

function changeValue({ kind, before, after }: ObjectChange): object {
  return {
    inputState: before ? { Exist: [[before.version, before.digest], before.owner] } : { NotExist: true },
    outputState: after ? outputState(after) : { NotExist: true },
    idOperation: ID_OPERATIONS[kind],
  }
}

const ID_OPERATIONS: Record<ChangeKind, object> = {
  created: { Created: true },
  createdThenWrapped: { Created: true },
  mutated: { None: true },
  wrapped: { None: true },
  unwrapped: { None: true },
  deleted: { Deleted: true },
  unwrappedThenDeleted: { Deleted: true },
}

function outputState(after: LedgerObject): object {
  if ('Package' in after.type) return { PackageWrite: [after.version, after.digest] }
  return { ObjectWrite: [after.digest, after.owner satisfies Owner] }
}

const Event = core.struct('Event', {
  packageId: bcs.Address,
  module: core.string(),
  sender: bcs.Address,
  type: bcs.StructTag,
  contents: ByteVector,
})
const TransactionEvents = core.struct('TransactionEvents', { data: core.vector(Event) })

/**
 * base58 of blake2b256("TransactionEvents::" ‖ BCS), by the rule of every other typed hash of the network. No published
 * vector was at hand to check the form of its events against.
 */
function eventsDigest(events: readonly ChainEvent[]): string {
  const data = events.map(({ packageId, module, sender, type, contents }) => {
    return { packageId, module, sender, type: structTagOf(type), contents }
  })
  const bytes = TransactionEvents.serialize({ data } as never, { maxSize: MAX_EVENTS_BYTES }).toBytes()
  return digestText(typedHash('TransactionEvents', bytes))
}
