import { toBase58 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { type LedgerObject, type Owner, typedHash } from '../objects/index.ts'
import type { FailureStatus } from './errors.ts'
import type { GasUsed } from './gas.ts'

/** Effects of 2,048 inputs and as many writes stay below this. */
const MAX_EFFECTS_BYTES = 2 * 1024 * 1024

/** What became of an object; `unwrappedThenDeleted` has neither before nor after. */
export type ChangeKind = 'created' | 'mutated' | 'deleted' | 'wrapped' | 'unwrapped' | 'unwrappedThenDeleted'

/** One object before and after; absent where it did not exist by itself. */
export interface ObjectChange {
  id: string
  kind: ChangeKind
  before?: LedgerObject
  after?: LedgerObject
}

export type ExecutionStatus =
  { success: true } | { success: false; error: string; failure: FailureStatus; command: number | undefined }

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
}

/** BCS of TransactionEffects and its digest, base58. */
export function encodeEffects(fields: EffectsFields): { bytes: Uint8Array; digest: string } {
  const value = {
    V1: {
      status: statusValue(fields.status),
      executedEpoch: fields.epoch,
      gasUsed: fields.gasUsed,
      transactionDigest: fields.digest,
      gasObjectIndex: fields.changes.findIndex(({ id }) => id === fields.gasId),
      eventsDigest: null,
      dependencies: fields.dependencies,
      lamportVersion: fields.lamportVersion,
      changedObjects: fields.changes.map((change) => [change.id, changeValue(change)]),
      unchangedSharedObjects: [],
      auxDataDigest: null,
    },
  }
  const input = value as unknown as Parameters<typeof bcs.TransactionEffects.serialize>[0]
  const bytes = bcs.TransactionEffects.serialize(input, { maxSize: MAX_EFFECTS_BYTES }).toBytes()
  return { bytes, digest: toBase58(typedHash('TransactionEffects', bytes)) }
}

function statusValue(status: ExecutionStatus): object {
  if (status.success) return { Success: true }
  return { Failed: { error: status.failure, command: status.command ?? null } }
}

function changeValue({ before, after }: ObjectChange): object {
  return {
    inputState: before ? { Exist: [[before.version, before.digest], before.owner] } : { NotExist: true },
    outputState: after ? { ObjectWrite: [after.digest, after.owner satisfies Owner] } : { NotExist: true },
    idOperation: before ? (after ? { None: true } : { Deleted: true }) : { Created: true },
  }
}
