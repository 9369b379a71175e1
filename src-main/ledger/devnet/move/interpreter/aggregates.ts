import { Fault } from '../failure.ts'
import type { CompiledModule } from '../format/index.ts'
import { MAX_VALUE_NODES } from '../limits.ts'
import { present, Struct, u64, Vector } from '../value.ts'
import type { Operation, Operations } from './operations.ts'

function pack(generic: boolean): Operation {
  return (frame, { index }) => {
    const { structs, structInstantiations } = frame.fn.module.compiled
    const definition = structs[generic ? (structInstantiations[index]?.of ?? -1) : index]
    frame.push(new Struct(frame.popMany(definition?.fields.length ?? 0)))
  }
}

const unpack: Operation = (frame) => {
  for (const field of frame.struct().fields) frame.push(present(field))
}

/** The enum's variant that an instruction names, with its number of fields. */
function variantOf(module: CompiledModule, index: number, generic: boolean): { variant: number; fields: number } {
  const [owner = -1, variant = -1] = (generic ? module.variantInstantiations : module.variants)[index] ?? []
  const definition = module.enums[generic ? (module.enumInstantiations[owner]?.of ?? -1) : owner]
  return { variant, fields: definition?.variants[variant]?.fields.length ?? 0 }
}

function packVariant(generic: boolean): Operation {
  return (frame, { index }) => {
    const { variant, fields } = variantOf(frame.fn.module.compiled, index, generic)
    frame.push(new Struct(frame.popMany(fields), variant))
  }
}

function unpackVariant(generic: boolean): Operation {
  return (frame, { index }) => {
    const { variant } = variantOf(frame.fn.module.compiled, index, generic)
    const value = frame.struct()
    if (value.variant !== variant) throw new Fault('another variant')
    for (const field of value.fields) frame.push(present(field))
  }
}

function borrowVariant(generic: boolean, mutable: boolean): Operation {
  return (frame, { index }) => {
    const { variant } = variantOf(frame.fn.module.compiled, index, generic)
    const from = frame.reference()
    const value = from.read()
    if (!(value instanceof Struct) || value.variant !== variant) throw new Fault('another variant')
    value.fields.forEach((_, field) => frame.push(from.part(field, mutable)))
  }
}

function borrowElement(mutable: boolean): Operation {
  return (frame) => {
    const { value } = frame.int()
    const from = frame.reference()
    const vector = from.read()
    if (!(vector instanceof Vector)) throw new Fault('this is no vector')
    if (value >= BigInt(vector.items.length)) throw new Fault('an index out of bounds')
    frame.push(from.part(Number(value), mutable))
  }
}

/** Structs, enums and vectors. */
export const aggregateOperations: Operations = {
  Pack: pack(false),
  PackGeneric: pack(true),
  Unpack: unpack,
  UnpackGeneric: unpack,
  PackVariant: packVariant(false),
  PackVariantGeneric: packVariant(true),
  UnpackVariant: unpackVariant(false),
  UnpackVariantGeneric: unpackVariant(true),
  UnpackVariantImmRef: borrowVariant(false, false),
  UnpackVariantMutRef: borrowVariant(false, true),
  UnpackVariantGenericImmRef: borrowVariant(true, false),
  UnpackVariantGenericMutRef: borrowVariant(true, true),
  VariantSwitch: (frame, { index }) => {
    const value = frame.reference().read()
    const target = frame.fn.code?.jumpTables[index]?.targets[value instanceof Struct ? value.variant : -1]
    if (target === undefined) throw new Fault('a variant without a branch')
    frame.next = target
  },
  VecPack: (frame, { value }) => frame.push(new Vector(frame.popMany(Number(value)))),
  VecUnpack: (frame, { value }) => {
    const vector = frame.pop()
    if (!(vector instanceof Vector) || BigInt(vector.items.length) !== value) throw new Fault('another length')
    for (const item of vector.items) frame.push(present(item))
  },
  VecLen: (frame) => frame.push(u64(BigInt(frame.vector().items.length))),
  VecImmBorrow: borrowElement(false),
  VecMutBorrow: borrowElement(true),
  VecPushBack: (frame) => {
    const item = frame.pop()
    const { items } = frame.changedVector()
    if (items.length >= MAX_VALUE_NODES) throw new Fault('a vector is too long')
    items.push(item)
  },
  VecPopBack: (frame) => {
    const { items } = frame.changedVector()
    if (items.length === 0) throw new Fault('an empty vector')
    frame.push(present(items.pop()))
  },
  VecSwap: (frame) => {
    const [j, i] = [frame.int().value, frame.int().value]
    const { items } = frame.changedVector()
    if (i >= BigInt(items.length) || j >= BigInt(items.length)) throw new Fault('an index out of bounds')
    const first = items[Number(i)]
    items[Number(i)] = items[Number(j)]
    items[Number(j)] = first
  },
}
