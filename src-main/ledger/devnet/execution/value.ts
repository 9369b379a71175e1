import { toHex } from '../../../base/index.ts'
import type { MoveAbilities, MoveMachine, MoveType } from '../move/index.ts'
import {
  coinContents,
  coinValue,
  isCoin,
  type LedgerObject,
  moveTypeOf,
  objectTypeOf,
  type ObjectType,
} from '../objects/index.ts'

/**
 * A value that commands pass on. A coin's NANOS stand beside it, so that splitting needs no bytes; `id` says that a Move
 * value is an object; a pure value has no type until somebody uses it.
 */
export type Value =
  | { kind: 'coin'; id: string; type: ObjectType; nanos: bigint }
  | { kind: 'move'; type: MoveType; bytes: Uint8Array; id?: string }
  | { kind: 'pure'; bytes: Uint8Array }

export type CoinItem = Extract<Value, { kind: 'coin' }>

const ID_BYTES = 32
const COIN_TYPE = /^0x0{63}2::coin::Coin</
export const UPGRADE_CAP_TYPE = `0x${'2'.padStart(64, '0')}::package::UpgradeCap`
const OBJECT_ABILITIES: MoveAbilities = { copy: false, drop: false, store: true, key: true }

export function valueOf(object: LedgerObject): Value {
  if (isCoin(object)) return { kind: 'coin', id: object.id, type: object.type, nanos: coinValue(object) }
  return { kind: 'move', type: moveTypeOf(object), bytes: object.contents, id: object.id }
}

/** A value that a call has returned or changed. */
export function valueFrom(machine: MoveMachine, type: MoveType, bytes: Uint8Array): Value {
  const isObject = abilitiesOf(machine, type).key
  if (!isObject) return { kind: 'move', type, bytes }
  const id = `0x${toHex(bytes.subarray(0, ID_BYTES))}`
  if (!COIN_TYPE.test(type)) return { kind: 'move', type, bytes, id }
  return { kind: 'coin', id, type: objectTypeOf(type), nanos: coinValue({ contents: bytes }) }
}

/** Canonical type; undefined for a pure value. */
export function typeOf(value: Value): MoveType | undefined {
  if (value.kind === 'pure') return undefined
  return value.kind === 'coin' ? moveTypeOf(value) : value.type
}

/** BCS. */
export function bytesOf(value: Value): Uint8Array {
  return value.kind === 'coin' ? coinContents(value.id, value.nanos) : value.bytes
}

/** Throws MoveFailure for a type that nobody declares. */
export function abilitiesOf(machine: MoveMachine, type: MoveType): MoveAbilities {
  return COIN_TYPE.test(type) || type === UPGRADE_CAP_TYPE ? OBJECT_ABILITIES : machine.abilities(type)
}
