import { broken } from '../failure.ts'
import { COPY, DROP, type Field, type Instruction, type Opcode } from '../format/index.ts'
import { BOOL, intType, substitute, type Type, U64, U8 } from '../type.ts'
import { checkWellFormed } from './declarations.ts'
import type { TypeState } from './state.ts'

type Effect = (state: TypeState, instruction: Instruction) => void

const reference = (to: Type, mutable: boolean): Type => ({ kind: 'reference', to, mutable })

function typesOf(state: TypeState, signature: number): Type[] {
  const types = state.fn.module.compiled.signatures[signature] ?? []
  for (const type of types) checkWellFormed(state.library, type, state.fn.typeParameters)
  return types
}

interface Opened {
  type: Type
  fields: Type[]
}

function opened(state: TypeState, datatype: number, fields: readonly Field[], args: Type[]): Opened {
  const { name = '' } = state.fn.module.compiled.datatypes[datatype] ?? {}
  const type: Type = { kind: 'struct', name, args }
  checkWellFormed(state.library, type, state.fn.typeParameters)
  return { type, fields: fields.map((field) => substitute(field.type, args)) }
}

function structOf(state: TypeState, index: number, generic: boolean): Opened {
  const { structs, structInstantiations } = state.fn.module.compiled
  const { of = index, types = -1 } = (generic && structInstantiations[index]) || {}
  const { datatype = -1, fields = [] } = structs[of] ?? {}
  return opened(state, datatype, fields, generic ? typesOf(state, types) : [])
}

function variantOf(state: TypeState, index: number, generic: boolean): Opened {
  const { variants, variantInstantiations, enums, enumInstantiations } = state.fn.module.compiled
  const [owner = -1, variant = -1] = (generic ? variantInstantiations : variants)[index] ?? []
  const { of = owner, types = -1 } = (generic && enumInstantiations[owner]) || {}
  const { datatype = -1, variants: list = [] } = enums[of] ?? {}
  return opened(state, datatype, list[variant]?.fields ?? [], generic ? typesOf(state, types) : [])
}

type Finder = (state: TypeState, index: number, generic: boolean) => Opened

const pack =
  (find: Finder, generic: boolean): Effect =>
  (state, { index }) => {
    const { type, fields } = find(state, index, generic)
    state.expectAll(fields)
    state.push(type)
  }

const unpack =
  (find: Finder, generic: boolean): Effect =>
  (state, { index }) => {
    const { type, fields } = find(state, index, generic)
    state.expect(type)
    state.push(...fields)
  }

const borrowVariant =
  (generic: boolean, mutable: boolean): Effect =>
  (state, { index }) => {
    const { type, fields } = variantOf(state, index, generic)
    state.expect(reference(type, mutable))
    state.push(...fields.map((field) => reference(field, mutable)))
  }

const borrowField =
  (mutable: boolean, generic: boolean): Effect =>
  (state, { index }) => {
    const { fields, fieldInstantiations, structs } = state.fn.module.compiled
    const { of = index, types = -1 } = (generic && fieldInstantiations[index]) || {}
    const [owner = -1, field = -1] = fields[of] ?? []
    const { datatype = -1, fields: list = [] } = structs[owner] ?? {}
    const { type, fields: inner } = opened(state, datatype, list, generic ? typesOf(state, types) : [])
    state.expect(reference(type, mutable))
    state.push(reference(inner[field] as Type, mutable))
  }

const call =
  (generic: boolean): Effect =>
  (state, { index }) => {
    const { module } = state.fn
    const { of = index, types = -1 } = (generic && module.compiled.functionInstantiations[index]) || {}
    const fn = state.library.callee(module, of)
    const args = generic ? typesOf(state, types) : []
    if (args.length !== fn.typeParameters.length) throw broken(`${fn.name} with other type arguments`)
    args.forEach((type, position) => state.need(type, fn.typeParameters[position] ?? 0, 'lacks an ability'))
    checkPrivate(state, `${fn.module.id}::${fn.name}`, args)
    state.expectAll(fn.parameters.map((type) => substitute(type, args)))
    state.push(...fn.returns.map((type) => substitute(type, args)))
  }

const FRAMEWORK = `0x${'2'.padStart(64, '0')}`
const PRIVATE = new Set(
  ['event::emit', 'transfer::transfer', 'transfer::share_object', 'transfer::freeze_object'].map(
    (name) => `${FRAMEWORK}::${name}`,
  ),
)

/** Only the module that declares a type may emit it, or hand it over without `store`. */
function checkPrivate({ fn }: TypeState, callee: string, [type]: Type[]): void {
  if (!PRIVATE.has(callee) || fn.module.name.address === FRAMEWORK) return
  if (type?.kind !== 'struct' || !type.name.startsWith(`${fn.module.id}::`))
    throw broken(`${callee} is for the module that declares the type`)
}

const binary: Effect = (state) => {
  const type = state.integer()
  state.expect(type)
  state.push(type)
}
const order: Effect = (state) => {
  state.expect(state.integer())
  state.push(BOOL)
}
const shift: Effect = (state) => {
  state.expect(U8)
  state.push(state.integer())
}
const equality: Effect = (state) => {
  const type = state.pop()
  state.need(type, DROP, 'cannot be compared')
  state.expect(type)
  state.push(BOOL)
}
const logic: Effect = (state) => {
  state.expect(BOOL)
  state.expect(BOOL)
  state.push(BOOL)
}
const cast =
  (bits: 8 | 16 | 32 | 64 | 128 | 256): Effect =>
  (state) => {
    state.integer()
    state.push(intType(bits))
  }
const load =
  (type: Type): Effect =>
  (state) =>
    state.push(type)

const element = (state: TypeState, { index }: Instruction): Type => typesOf(state, index)[0] as Type
const vector = (of: Type): Type => ({ kind: 'vector', of })
const borrowElement =
  (mutable: boolean): Effect =>
  (state, instruction) => {
    const of = element(state, instruction)
    state.expect(U64)
    state.expect(reference(vector(of), mutable))
    state.push(reference(of, mutable))
  }
const many = (instruction: Instruction, of: Type): Type[] => {
  if (instruction.value > 1_024n) throw broken('a vector of too many values')
  return Array.from({ length: Number(instruction.value) }, () => of)
}

/** What each instruction takes from the stack and puts onto it. Throws MoveFailure where it cannot. */
export const effects: Record<Exclude<Opcode, 'Ret'>, Effect> = {
  Nop: () => undefined,
  Pop: (state) => state.need(state.pop(), DROP, 'cannot be dropped'),
  Branch: () => undefined,
  BrTrue: (state) => state.expect(BOOL),
  BrFalse: (state) => state.expect(BOOL),
  Abort: (state) => state.expect(U64),
  Call: call(false),
  CallGeneric: call(true),
  CopyLoc: (state, { index }) => state.load(index, false),
  MoveLoc: (state, { index }) => state.load(index, true),
  StLoc: (state, { index }) => state.store(index),
  MutBorrowLoc: (state, { index }) => state.borrow(index, true),
  ImmBorrowLoc: (state, { index }) => state.borrow(index, false),
  MutBorrowField: borrowField(true, false),
  ImmBorrowField: borrowField(false, false),
  MutBorrowFieldGeneric: borrowField(true, true),
  ImmBorrowFieldGeneric: borrowField(false, true),
  ReadRef: (state) => {
    const type = state.reference(false)
    state.need(type, COPY, 'cannot be copied')
    state.push(type)
  },
  WriteRef: (state) => {
    const type = state.reference(true)
    state.need(type, DROP, 'cannot be dropped')
    state.expect(type)
  },
  FreezeRef: (state) => state.push(reference(state.reference(true), false)),
  Pack: pack(structOf, false),
  PackGeneric: pack(structOf, true),
  Unpack: unpack(structOf, false),
  UnpackGeneric: unpack(structOf, true),
  PackVariant: pack(variantOf, false),
  PackVariantGeneric: pack(variantOf, true),
  UnpackVariant: unpack(variantOf, false),
  UnpackVariantGeneric: unpack(variantOf, true),
  UnpackVariantImmRef: borrowVariant(false, false),
  UnpackVariantMutRef: borrowVariant(false, true),
  UnpackVariantGenericImmRef: borrowVariant(true, false),
  UnpackVariantGenericMutRef: borrowVariant(true, true),
  VariantSwitch: (state) => void state.reference(false),
  VecPack: (state, instruction) => {
    const of = element(state, instruction)
    state.expectAll(many(instruction, of))
    state.push(vector(of))
  },
  VecUnpack: (state, instruction) => {
    const of = element(state, instruction)
    state.expect(vector(of))
    state.push(...many(instruction, of))
  },
  VecLen: (state, instruction) => {
    state.expect(reference(vector(element(state, instruction)), false))
    state.push(U64)
  },
  VecImmBorrow: borrowElement(false),
  VecMutBorrow: borrowElement(true),
  VecPushBack: (state, instruction) => {
    const of = element(state, instruction)
    state.expect(of)
    state.expect(reference(vector(of), true))
  },
  VecPopBack: (state, instruction) => {
    const of = element(state, instruction)
    state.expect(reference(vector(of), true))
    state.push(of)
  },
  VecSwap: (state, instruction) => {
    state.expect(U64)
    state.expect(U64)
    state.expect(reference(vector(element(state, instruction)), true))
  },
  LdU8: load(U8),
  LdU16: load(intType(16)),
  LdU32: load(intType(32)),
  LdU64: load(U64),
  LdU128: load(intType(128)),
  LdU256: load(intType(256)),
  LdTrue: load(BOOL),
  LdFalse: load(BOOL),
  LdConst: (state, { index }) => state.push(state.fn.module.compiled.constants[index]?.type as Type),
  CastU8: cast(8),
  CastU16: cast(16),
  CastU32: cast(32),
  CastU64: cast(64),
  CastU128: cast(128),
  CastU256: cast(256),
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Mod: binary,
  BitOr: binary,
  BitAnd: binary,
  Xor: binary,
  Shl: shift,
  Shr: shift,
  Lt: order,
  Le: order,
  Gt: order,
  Ge: order,
  Eq: equality,
  Neq: equality,
  And: logic,
  Or: logic,
  Not: (state) => {
    state.expect(BOOL)
    state.push(BOOL)
  },
}
