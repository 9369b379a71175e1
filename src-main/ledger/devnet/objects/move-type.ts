import { TypeTagSerializer } from '@iota/iota-sdk/bcs'
import { IOTA_TYPE } from './coin.ts'
import type { ObjectType, StructType } from './types.ts'

const FULL_IOTA_TYPE = fullAddresses(IOTA_TYPE)
const COIN_PREFIX = `${fullAddresses('0x2::coin::Coin')}<`
const STAKED_IOTA_TYPE = fullAddresses('0x3::staking_pool::StakedIota')
/** Texts in a package's place: it is an object, but has no Move type. */
const PACKAGE_TYPE = 'package'

/** The canonical Move type (addresses in full) of an object; `package` for a package. */
export function moveTypeOf({ type }: { type: ObjectType }): string {
  if ('GasCoin' in type) return `${COIN_PREFIX}${FULL_IOTA_TYPE}>`
  if ('StakedIota' in type) return STAKED_IOTA_TYPE
  if ('Package' in type) return PACKAGE_TYPE
  if ('Coin' in type) return `${COIN_PREFIX}${canonicalType(type.Coin)}>`
  return structText(type.Other)
}

/** How the ledger stores a type: the most frequent ones are one byte. RangeError for anything that is no struct. */
export function objectTypeOf(moveType: string): ObjectType {
  const full = canonicalType(moveType)
  if (full === `${COIN_PREFIX}${FULL_IOTA_TYPE}>`) return { GasCoin: true }
  if (full === STAKED_IOTA_TYPE) return { StakedIota: true }
  if (full.startsWith(COIN_PREFIX)) return { Coin: full.slice(COIN_PREFIX.length, -1) }
  return { Other: structTagOf(full) }
}

/** The type of a struct as BCS has it. RangeError for anything that is no struct. */
export function structTagOf(moveType: string): StructType {
  const tag = TypeTagSerializer.parseFromStr(moveType, true)
  if (!('struct' in tag)) throw new RangeError('not the type of a struct')
  return tag.struct
}

/** The coin type `T` of a `Coin<T>`, canonical; undefined for anything else. */
export function coinTypeOf(object: { type: ObjectType }): string | undefined {
  if ('GasCoin' in object.type) return FULL_IOTA_TYPE
  return 'Coin' in object.type ? canonicalType(object.type.Coin) : undefined
}

/** Any spelling of a Move type in its canonical text. Throws for text that is no type. */
export function canonicalType(text: string): string {
  return TypeTagSerializer.tagToString(TypeTagSerializer.parseFromStr(text, true))
}

/** Addresses of the framework's packages: nodes write those short, and all others in full. */
const FRAMEWORK_ADDRESS = /0x0{60}([0-9a-f]{4})(?=::)/g

/** A canonical Move type as JSON-RPC shows it: `0x2::coin::Coin<0x2::iota::IOTA>`. */
export function shownType(type: string): string {
  return type.replace(FRAMEWORK_ADDRESS, (_, tail: string) => `0x${tail.replace(/^0{1,3}/, '')}`)
}

function structText(struct: StructType): string {
  return TypeTagSerializer.tagToString({ struct } as Parameters<typeof TypeTagSerializer.tagToString>[0])
}

function fullAddresses(text: string): string {
  return text.replace(/0x([0-9a-f]+)::/g, (_, hex: string) => `0x${hex.padStart(64, '0')}::`)
}
