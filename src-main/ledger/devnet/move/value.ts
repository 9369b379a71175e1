import { Fault } from './failure.ts'
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
  readonly items: Slots
  /** How often its elements were added, taken out or swapped. */
  order = 0

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

/** The place of the struct or vector that a borrowed place is a part of, with its order at that time. */
interface Around {
  reference: Reference
  holder: Struct | Vector
  order: number
}

const READ_ONLY = 'a read-only reference'

/**
 * A borrowed place. It ends when what it lies in is moved away or replaced, or a vector around it is taken apart or put in
 * another order: then every use throws Fault, so that nobody reads or writes what belongs to somebody else by now.
 */
export class Reference {
  readonly mutable: boolean
  readonly #slots: Slots
  readonly #index: number
  readonly #around: Around | undefined

  private constructor(slots: Slots, index: number, mutable: boolean, around: Around | undefined) {
    this.#slots = slots
    this.#index = index
    this.mutable = mutable
    this.#around = around
  }

  /** To a local or an argument. */
  static to(slots: Slots, index: number, mutable: boolean): Reference {
    return new Reference(slots, index, mutable, undefined)
  }

  /** To a field or an element of what this one points at. Throws Fault where this one is read-only and that may not be. */
  part(index: number, mutable: boolean): Reference {
    const holder = this.read()
    if (!(holder instanceof Struct) && !(holder instanceof Vector)) throw new Fault('this has no parts')
    if (mutable && !this.mutable) throw new Fault(READ_ONLY)
    const isVector = holder instanceof Vector
    const around = { reference: this, holder, order: isVector ? holder.order : 0 }
    return new Reference(isVector ? holder.items : holder.fields, index, mutable, around)
  }

  frozen(): Reference {
    return new Reference(this.#slots, this.#index, false, this.#around)
  }

  read(): Value {
    this.#check()
    return present(this.#slots[this.#index])
  }

  write(value: Value): void {
    if (!this.mutable) throw new Fault(READ_ONLY)
    this.read()
    this.#slots[this.#index] = value
  }

  /** Types are finite and not recursive, so this is a short way. */
  #check(): void {
    for (let around = this.#around; around; around = around.reference.#around) {
      const { reference, holder, order } = around
      const isThere = reference.#slots[reference.#index] === holder
      if (!isThere || (holder instanceof Vector && holder.order !== order))
        throw new Fault('a reference to what was moved')
    }
  }
}

/** What stands in a place. Throws Fault where it was moved out. */
export function present(value: Value | undefined): Value {
  if (value === undefined) throw new Fault('a value that was moved away')
  return value
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
