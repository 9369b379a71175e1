import { fromHex, toHex } from '../../../base/index.ts'
import { broken } from './failure.ts'
import type { Library } from './library.ts'
import { MAX_OBJECT_BYTES, MAX_VALUE_DEPTH, MAX_VALUE_NODES } from './limits.ts'
import { type IntBits, substitute, type Type, typeText } from './type.ts'
import { byte, Int, type Slots, Struct, type Value, Vector } from './value.ts'

/** Bytes that are no value of the type asked for. */
export class InvalidBytes extends Error {
  override readonly name = 'InvalidBytes'
}

const ADDRESS_BYTES = 32

/** Fields of a struct, or of one variant, with its type arguments put in. */
export function fieldTypes(library: Library, type: Type & { kind: 'struct' }, variant = 0): Type[] {
  const fields = library.datatype(type.name).variants[variant]?.fields
  if (!fields) throw new InvalidBytes(`${typeText(type)} has no variant ${variant}`)
  return fields.map((field) => substitute(field.type, type.args))
}

/** BCS to a value; all bytes must be used. Throws InvalidBytes. */
export function decodeValue(library: Library, type: Type, bytes: Uint8Array): Value {
  const decoder = new Decoder(library, bytes)
  const value = decoder.value(type, 0)
  decoder.end()
  return value
}

/** A value to BCS. Throws InvalidBytes where it would be larger than an object may be. */
export function encodeValue(library: Library, type: Type, value: Value): Uint8Array<ArrayBuffer> {
  const out: number[] = []
  encode(library, type, value, out, 0)
  return Uint8Array.from(out)
}

class Decoder {
  readonly #library: Library
  readonly #bytes: Uint8Array
  #at = 0
  #nodes = MAX_VALUE_NODES

  constructor(library: Library, bytes: Uint8Array) {
    this.#library = library
    this.#bytes = bytes
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new InvalidBytes('there are bytes left')
  }

  value(type: Type, depth: number): Value {
    if (depth > MAX_VALUE_DEPTH || this.#nodes-- === 0) throw new InvalidBytes('the value is too large')
    switch (type.kind) {
      case 'bool':
        return this.#bool()
      case 'int':
        return this.#int(type.bits)
      case 'address':
        return `0x${toHex(this.#take(ADDRESS_BYTES))}`
      case 'vector':
        return this.#vector(type.of, depth)
      case 'struct':
        return this.#struct(type, depth)
      default:
        throw new InvalidBytes(`${typeText(type)} has no bytes`)
    }
  }

  #bool(): boolean {
    const value = this.#take(1)[0]
    if (value !== 0 && value !== 1) throw new InvalidBytes('a bool is 0 or 1')
    return value === 1
  }

  #int(bits: IntBits): Int {
    const bytes = this.#take(bits / 8)
    if (bits === 8) return byte(bytes[0] ?? 0)
    return new Int(
      bits,
      bytes.reduceRight((sum, value) => (sum << 8n) | BigInt(value), 0n),
    )
  }

  #vector(of: Type, depth: number): Vector {
    const length = this.#length()
    if (length > this.#nodes) throw new InvalidBytes('the vector is too long')
    const items: Slots = []
    for (let index = 0; index < length; index++) items.push(this.value(of, depth + 1))
    return new Vector(items)
  }

  #struct(type: Type & { kind: 'struct' }, depth: number): Struct {
    const variant = this.#library.datatype(type.name).isEnum ? this.#length() : 0
    const fields = fieldTypes(this.#library, type, variant).map((field) => this.value(field, depth + 1))
    return new Struct(fields, variant)
  }

  #length(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const [part = 0] = this.#take(1)
      value += (part & 0x7f) * 2 ** shift
      if (part < 0x80) {
        if (part === 0 && shift > 0) throw new InvalidBytes('a length is not in its shortest form')
        return value
      }
    }
    throw new InvalidBytes('a length is too large')
  }

  #take(length: number): Uint8Array {
    if (this.#bytes.length - this.#at < length) throw new InvalidBytes('the value is cut off')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}

function encode(library: Library, type: Type, value: Value | undefined, out: number[], depth: number): void {
  if (out.length > MAX_OBJECT_BYTES || depth > MAX_VALUE_DEPTH) throw new InvalidBytes('the value is too large')
  if (type.kind === 'bool') out.push(value === true ? 1 : 0)
  else if (type.kind === 'int' && value instanceof Int) pushInt(out, value.value, type.bits / 8)
  else if (type.kind === 'address' && typeof value === 'string') out.push(...fromHex(value))
  else if (type.kind === 'vector' && value instanceof Vector) {
    pushLength(out, value.items.length)
    for (const item of value.items) encode(library, type.of, item, out, depth + 1)
  } else if (type.kind === 'struct' && value instanceof Struct) {
    if (library.datatype(type.name).isEnum) pushLength(out, value.variant)
    fieldTypes(library, type, value.variant).forEach((field, index) =>
      encode(library, field, value.fields[index], out, depth + 1),
    )
  } else throw broken(`the value is no ${typeText(type)}`)
}

function pushInt(out: number[], value: bigint, width: number): void {
  for (let rest = value, index = 0; index < width; index++, rest >>= 8n) out.push(Number(rest & 0xffn))
}

function pushLength(out: number[], value: number): void {
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.push((rest & 0x7f) | 0x80)
  out.push(rest)
}
