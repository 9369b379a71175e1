import { bcs as core } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { concat } from '../../../base/index.ts'
import { Address, Digest, OwnerSchema } from '../objects/index.ts'
import type { ExecutionStatus, GasUsed } from './types.ts'

/**
 * TransactionEffects as the SDK's schema has it, written by schemas of our own: the SDK decodes every digest from base58
 * twice, which took a quarter of a transaction's time. A test compares the two.
 */
const VersionDigest = core.tuple([core.u64(), Digest])
const ObjectChange = core.struct('EffectsObjectChange', {
  inputState: core.enum('ObjectIn', { NotExist: null, Exist: core.tuple([VersionDigest, OwnerSchema]) }),
  outputState: core.enum('ObjectOut', {
    NotExist: null,
    ObjectWrite: core.tuple([Digest, OwnerSchema]),
    PackageWrite: VersionDigest,
  }),
  idOperation: core.enum('IDOperation', { None: null, Created: null, Deleted: null }),
})
const GasCostSummary = core.struct('GasCostSummary', {
  computationCost: core.u64(),
  computationCostBurned: core.u64(),
  storageCost: core.u64(),
  storageRebate: core.u64(),
  nonRefundableStorageFee: core.u64(),
})
/** TransactionEffectsV1 without its first field, the status. */
const Rest = core.struct('EffectsV1Rest', {
  executedEpoch: core.u64(),
  gasUsed: GasCostSummary,
  transactionDigest: Digest,
  gasObjectIndex: core.option(core.u32()),
  eventsDigest: core.option(Digest),
  dependencies: core.vector(Digest),
  lamportVersion: core.u64(),
  changedObjects: core.vector(core.tuple([Address, ObjectChange])),
  unchangedSharedObjects: core.vector(
    core.tuple([Address, core.enum('UnchangedSharedKind', { ReadOnlyRoot: VersionDigest })]),
  ),
  auxDataDigest: core.option(Digest),
})
/** Place in the enum `TransactionEffects`. */
const V1 = Uint8Array.of(0)
const SUCCESS = Uint8Array.of(0)
const NO_GAS: GasUsed = {
  computationCost: 0n,
  computationCostBurned: 0n,
  storageCost: 0n,
  storageRebate: 0n,
  nonRefundableStorageFee: 0n,
}
const NOTHING = {
  executedEpoch: 0n,
  gasUsed: NO_GAS,
  transactionDigest: '1'.repeat(32),
  gasObjectIndex: null,
  eventsDigest: null,
  dependencies: [],
  lamportVersion: 0n,
  changedObjects: [],
  unchangedSharedObjects: [],
  auxDataDigest: null,
}
const NOTHING_BYTES = Rest.serialize(NOTHING).toBytes().length

export type EffectsRest = Parameters<typeof Rest.serialize>[0]

/** BCS of TransactionEffects. */
export function encodeEffectsV1(status: ExecutionStatus, rest: EffectsRest, maxSize: number): Uint8Array {
  return concat(V1, statusBytes(status), Rest.serialize(rest, { maxSize }).toBytes())
}

/** The many ways to fail are written by the SDK's schema, which exports them only as a part of effects. */
function statusBytes(status: ExecutionStatus): Uint8Array {
  if (status.success) return SUCCESS
  const failed = { Failed: { error: status.failure, command: status.command ?? null } }
  const whole = bcs.TransactionEffects.serialize({ V1: { ...NOTHING, status: failed } } as never).toBytes()
  return whole.subarray(V1.length, whole.length - NOTHING_BYTES)
}
