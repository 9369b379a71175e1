import { broken } from './failure.ts'
import { MAX_TYPE_NODES } from './limits.ts'

export type IntBits = 8 | 16 | 32 | 64 | 128 | 256

/** A Move type. `struct` stands for enums too; its name is `0x<64 hex>::module::Name`. */
export type Type =
  | { kind: 'bool' | 'address' | 'signer' }
  | { kind: 'int'; bits: IntBits }
  | { kind: 'vector'; of: Type }
  | { kind: 'struct'; name: string; args: Type[] }
  | { kind: 'parameter'; index: number }
  | { kind: 'reference'; mutable: boolean; to: Type }

export const BOOL: Type = { kind: 'bool' }
export const ADDRESS: Type = { kind: 'address' }
export const SIGNER: Type = { kind: 'signer' }
export const intType = (bits: IntBits): Type => ({ kind: 'int', bits })
export const U8 = intType(8)
export const U64 = intType(64)

/** `0x` and 64 hex digits of any short or long form. */
export function fullAddress(text: string): string {
  return `0x${text.replace(/^0x/, '').toLowerCase().padStart(64, '0')}`
}

/** The canonical text (MoveType). References and parameters appear in messages only. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'int':
      return `u${type.bits}`
    case 'vector':
      return `vector<${typeText(type.of)}>`
    case 'struct':
      return type.args.length === 0 ? type.name : `${type.name}<${type.args.map(typeText).join(', ')}>`
    case 'parameter':
      return `T${type.index}`
    case 'reference':
      return `&${type.mutable ? 'mut ' : ''}${typeText(type.to)}`
    default:
      return type.kind
  }
}

/** Puts type arguments in the place of parameters; the result is bounded, since generic code could double it at each call. */
export function substitute(type: Type, args: readonly Type[]): Type {
  const result = replace(type, args)
  if (result !== type && typeSize(result) > MAX_TYPE_NODES) throw broken('a type is too large')
  return result
}

function replace(type: Type, args: readonly Type[]): Type {
  switch (type.kind) {
    case 'parameter': {
      const found = args[type.index]
      if (!found) throw broken('a type parameter is missing')
      return found
    }
    case 'vector':
      return isOpen(type) ? { kind: 'vector', of: replace(type.of, args) } : type
    case 'struct':
      return isOpen(type) ? { ...type, args: type.args.map((inner) => replace(inner, args)) } : type
    case 'reference':
      return isOpen(type) ? { ...type, to: replace(type.to, args) } : type
    default:
      return type
  }
}

/** Whether it has type parameters. */
function isOpen(type: Type): boolean {
  if (type.kind === 'vector') return isOpen(type.of)
  if (type.kind === 'reference') return isOpen(type.to)
  return type.kind === 'parameter' || (type.kind === 'struct' && type.args.some(isOpen))
}

/** Parts that a type is made of. */
export function typeSize(type: Type): number {
  if (type.kind === 'vector') return 1 + typeSize(type.of)
  if (type.kind === 'reference') return 1 + typeSize(type.to)
  return type.kind === 'struct' ? type.args.reduce((sum, inner) => sum + typeSize(inner), 1) : 1
}

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true
  if (a.kind === 'int') return b.kind === 'int' && a.bits === b.bits
  if (a.kind === 'vector') return b.kind === 'vector' && sameType(a.of, b.of)
  if (a.kind === 'reference') return b.kind === 'reference' && a.mutable === b.mutable && sameType(a.to, b.to)
  if (a.kind === 'parameter') return b.kind === 'parameter' && a.index === b.index
  if (a.kind === 'struct') return b.kind === 'struct' && a.name === b.name && sameTypes(a.args, b.args)
  return a.kind === b.kind
}

export function sameTypes(a: readonly Type[], b: readonly Type[]): boolean {
  return a.length === b.length && a.every((type, index) => sameType(type, b[index] as Type))
}
