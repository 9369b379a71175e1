import type { Type } from '../type.ts'
import type { Instruction } from './opcodes.ts'

/** copy 1, drop 2, store 4, key 8. */
export type AbilitySet = number
export const COPY = 1
export const DROP = 2
export const STORE = 4
export const KEY = 8
export const ALL_ABILITIES = 15

export interface ModuleName {
  /** `0x` and 64 hex digits. */
  address: string
  name: string
}

export interface TypeParameter {
  constraints: AbilitySet
  phantom: boolean
}

export interface DatatypeHandle {
  /** `0x…::module::Name`. */
  name: string
  module: number
  abilities: AbilitySet
  parameters: TypeParameter[]
}

export interface FunctionHandle {
  module: number
  name: string
  parameters: number
  returns: number
  typeParameters: AbilitySet[]
}

/** A generic thing and the signature of its type arguments. */
export interface Instantiation {
  of: number
  types: number
}

export interface Field {
  name: string
  type: Type
}

export interface StructDefinition {
  datatype: number
  fields: Field[]
}

export interface EnumDefinition {
  datatype: number
  variants: { name: string; fields: Field[] }[]
}

export interface FunctionDefinition {
  handle: number
  visibility: 'private' | 'public' | 'friend'
  entry: boolean
  /** Absent for a native function. */
  code?: CodeUnit
}

export interface CodeUnit {
  /** Signature of the locals after the parameters. */
  locals: number
  instructions: Instruction[]
  jumpTables: { enumDefinition: number; targets: number[] }[]
}

/** A pair of indices: (owner, field), (enum or its instantiation, variant). */
export type Pair = readonly [number, number]

/** A module as it stands in its bytes; all indices have been checked. */
export interface CompiledModule {
  version: number
  self: number
  addresses: string[]
  /** Where each address stands in the bytes. */
  addressOffsets: number[]
  identifiers: string[]
  modules: ModuleName[]
  datatypes: DatatypeHandle[]
  functions: FunctionHandle[]
  functionInstantiations: Instantiation[]
  signatures: Type[][]
  constants: { type: Type; bytes: Uint8Array }[]
  structs: StructDefinition[]
  structInstantiations: Instantiation[]
  definitions: FunctionDefinition[]
  fields: Pair[]
  fieldInstantiations: Instantiation[]
  friends: ModuleName[]
  enums: EnumDefinition[]
  enumInstantiations: Instantiation[]
  variants: Pair[]
  variantInstantiations: Pair[]
}

export function moduleId({ address, name }: ModuleName): string {
  return `${address}::${name}`
}

export function selfName(module: CompiledModule): ModuleName {
  return module.modules[module.self] as ModuleName
}
