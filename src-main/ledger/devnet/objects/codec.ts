import { bcs as core, toBase58 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { typedHash } from './ids.ts'
import type { LedgerObject, ObjectFields, ObjectType } from './types.ts'

/** Bytes that an object costs beside its contents and type: owner 40, previous transaction 32, rebate 8, version 8. */
const OBJECT_OVERHEAD_BYTES = 40 + 32 + 8 + 8
/** The network's limit of an object is 250 KiB; the wrapping adds less than 4 KiB. */
const MAX_OBJECT_BYTES = 256 * 1024

const MoveObjectType = core.enum('MoveObjectType', {
  Other: bcs.StructTag,
  GasCoin: null,
  StakedIota: null,
  Coin: bcs.TypeTag,
})
const MoveObject = core.struct('MoveObject', {
  type: MoveObjectType,
  version: core.u64(),
  contents: core.byteVector(),
})
const ObjectBody = core.struct('Object', {
  data: core.enum('Data', { Move: MoveObject }),
  owner: bcs.Owner,
  previousTransaction: bcs.ObjectDigest,
  storageRebate: core.u64(),
})

/** base58 of blake2b256("Object::" ‖ BCS of data, owner, previous transaction and rebate). */
export function objectDigest(fields: ObjectFields): string {
  const { type, version, contents, owner, previousTransaction, storageRebate } = fields
  const value = { data: { Move: { type, version, contents } }, owner, previousTransaction, storageRebate }
  const input = value as unknown as Parameters<typeof ObjectBody.serialize>[0]
  return toBase58(typedHash('Object', ObjectBody.serialize(input, { maxSize: MAX_OBJECT_BYTES }).toBytes()))
}

/** The object with its digest. */
export function sealObject(fields: ObjectFields): LedgerObject {
  return { ...fields, digest: objectDigest(fields) }
}

/** Bytes for which storage is paid: an IOTA coin is 129. */
export function gasSize(object: { type: ObjectType; contents: Uint8Array }): bigint {
  return BigInt(OBJECT_OVERHEAD_BYTES + object.contents.length + typeSize(object.type))
}

function typeSize(type: ObjectType): number {
  if ('GasCoin' in type || 'StakedIota' in type) return 1
  return MoveObjectType.serialize(type as unknown as Parameters<typeof MoveObjectType.serialize>[0]).toBytes().length
}
