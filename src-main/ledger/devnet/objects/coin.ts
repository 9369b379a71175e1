import { fromHex } from '../../../base/index.ts'
import type { LedgerObject, ObjectType } from './types.ts'

export const IOTA_TYPE = '0x2::iota::IOTA'

const ID_BYTES = 32
const COIN_BYTES = ID_BYTES + 8

/** BCS of `Coin<T>`: the id, then the value as u64. */
export function coinContents(id: string, nanos: bigint): Uint8Array<ArrayBuffer> {
  const contents = new Uint8Array(COIN_BYTES)
  contents.set(fromHex(id))
  new DataView(contents.buffer).setBigUint64(ID_BYTES, nanos, true)
  return contents
}

/** NANOS in a coin's contents; RangeError for anything that is no coin. */
export function coinValue(object: { contents: Uint8Array }): bigint {
  const { buffer, byteOffset, length } = object.contents
  if (length !== COIN_BYTES) throw new RangeError('not a coin')
  return new DataView(buffer, byteOffset, length).getBigUint64(ID_BYTES, true)
}

export function isGasCoin(object: { type: ObjectType }): boolean {
  return 'GasCoin' in object.type
}

/** Whether two coins hold the same token: only then may they be merged. */
export function sameCoinType(a: ObjectType, b: ObjectType): boolean {
  if ('GasCoin' in a) return 'GasCoin' in b
  return 'Coin' in a && 'Coin' in b && a.Coin === b.Coin
}

export function isCoin(object: LedgerObject): boolean {
  return 'GasCoin' in object.type || 'Coin' in object.type
}
