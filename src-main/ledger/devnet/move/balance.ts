import { decodeValue, fieldTypes } from './codec.ts'
import type { Library } from './library.ts'
import { fullAddress, type Type, typeText } from './type.ts'
import { Int, Struct, type Value, Vector } from './value.ts'

const BALANCE = `${fullAddress('0x2')}::balance::Balance`
const IOTA = `${fullAddress('0x2')}::iota::IOTA`

/** NANOS in every `Balance<IOTA>` of a value, however deep. Throws MoveFailure for an unknown type, InvalidBytes. */
export function nanosIn(library: Library, type: Type, bytes: Uint8Array): bigint {
  return sum(library, type, decodeValue(library, type, bytes))
}

function sum(library: Library, type: Type, value: Value | undefined): bigint {
  if (type.kind === 'vector' && value instanceof Vector) {
    // Memos and keys are long vectors of numbers.
    if (type.of.kind !== 'vector' && type.of.kind !== 'struct') return 0n
    return value.items.reduce((total, item) => total + sum(library, type.of, item), 0n)
  }
  if (type.kind !== 'struct' || !(value instanceof Struct)) return 0n
  if (type.name === BALANCE) return isIota(type) ? amount(value.fields[0]) : 0n
  return fieldTypes(library, type, value.variant).reduce(
    (total, field, index) => total + sum(library, field, value.fields[index]),
    0n,
  )
}

function isIota({ args }: Type & { kind: 'struct' }): boolean {
  const [currency] = args
  return currency !== undefined && typeText(currency) === IOTA
}

function amount(value: Value | undefined): bigint {
  return value instanceof Int ? value.value : 0n
}
