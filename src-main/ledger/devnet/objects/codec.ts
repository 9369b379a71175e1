import { bcs as core } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { Digest, digestText, OwnerSchema } from './digest.ts'
import { typedHash } from './ids.ts'
import { packageSize } from './package.ts'
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
const ObjectTail = core.struct('ObjectTail', {
  owner: OwnerSchema,
  previousTransaction: Digest,
  storageRebate: core.u64(),
})
/** Places in the enum `Data`. */
const MOVE_VARIANT = Uint8Array.of(0)
const PACKAGE_VARIANT = Uint8Array.of(1)

/** base58 of blake2b256("Object::" ‖ BCS of data, owner, previous transaction and rebate). */
export function objectDigest(fields: ObjectFields): string {
  if ('Package' in fields.type) return digestText(typedHash('Object', PACKAGE_VARIANT, fields.contents, tail(fields)))
  const { type, version, contents } = fields
  const move = MoveObject.serialize({ type, version, contents } as never, { maxSize: MAX_OBJECT_BYTES }).toBytes()
  return digestText(typedHash('Object', MOVE_VARIANT, move, tail(fields)))
}

/** What stands behind the data of a Move object and of a package alike. */
function tail({ owner, previousTransaction, storageRebate }: ObjectFields): Uint8Array {
  return ObjectTail.serialize({ owner, previousTransaction, storageRebate } as never).toBytes()
}

/** The object with its digest. */
export function sealObject(fields: ObjectFields): LedgerObject {
  return { ...fields, digest: objectDigest(fields) }
}

/** Bytes for which storage is paid: an IOTA coin is 129. */
export function gasSize(object: { type: ObjectType; contents: Uint8Array }): bigint {
  if ('Package' in object.type) return BigInt(OBJECT_OVERHEAD_BYTES + packageSize(object))
  return BigInt(OBJECT_OVERHEAD_BYTES + object.contents.length + typeSize(object.type))
}

function typeSize(type: ObjectType): number {
  if ('GasCoin' in type || 'StakedIota' in type) return 1
  return MoveObjectType.serialize(type as unknown as Parameters<typeof MoveObjectType.serialize>[0]).toBytes().length
}
