import type { IntBits } from './type.ts'

/** A value of the machine; an address is text, `0x` and 64 hex digits. Shared Ints are never changed. */
export type Value = Int | boolean | string | Vector | Struct | Reference

export class Int {
  readonly bits: IntBits
  readonly value: bigint

  constructor(bits: IntBits, value: bigint) {
    this.bits = bits
    this.value = value
  }
}

export class Vector {
  items: Slots

  constructor(items: Slots) {
    this.items = items
  }
}

/** A struct, or an enum with the number of its variant. */
export class Struct {
  fields: Slots
  variant: number

  constructor(fields: Slots, variant = 0) {
    this.fields = fields
    this.variant = variant
  }
}

/** Places for values: a frame's locals, the fields of a struct, the elements of a vector. Empty once moved out. */
export type Slots = (Value | undefined)[]

/** A borrowed place. */
export class Reference {
  readonly slots: Slots
  readonly index: number
  readonly mutable: boolean

  constructor(slots: Slots, index: number, mutable: boolean) {
    this.slots = slots
    this.index = index
    this.mutable = mutable
  }
}

const BYTE = Array.from({ length: 256 }, (_, value) => new Int(8, BigInt(value)))

/** Bytes are shared: a vector of them costs one pointer each. */
export function byte(value: number): Int {
  return BYTE[value & 0xff] as Int
}

export const MAX_OF: Record<IntBits, bigint> = {
  8: 2n ** 8n - 1n,
  16: 2n ** 16n - 1n,
  32: 2n ** 32n - 1n,
  64: 2n ** 64n - 1n,
  128: 2n ** 128n - 1n,
  256: 2n ** 256n - 1n,
}

export function u64(value: bigint): Int {
  return new Int(64, value)
}

export function bytesValue(bytes: Uint8Array): Vector {
  return new Vector(Array.from(bytes, byte))
}
