import * as v from 'valibot'
import { type LedgerObject, moveTypeOf, ownerAddress } from '../objects/index.ts'
import { invalidParams } from './errors.ts'
import { checkDepth, filterPart as parse, variantOf } from './filter-shape.ts'
import { idParam, identifierParam, typeParam, u64Param } from './params.ts'

const MAX_IDS = 50

export type ObjectTest = (object: LedgerObject) => boolean

const moduleSchema = v.object({ package: idParam, module: identifierParam })
const idsSchema = v.pipe(v.array(idParam), v.maxLength(MAX_IDS))

/** Reads IotaObjectDataFilter. Throws -32602 for anything else. */
export function objectTest(filter: unknown): ObjectTest {
  checkDepth(filter)
  return read(filter)
}

function read(filter: unknown): ObjectTest {
  const [name, value] = variantOf(filter)
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
  if (!reader) throw invalidParams(`Invalid params: unknown filter ${name}`)
  return reader(value)
}

const readers: Record<string, (value: unknown) => ObjectTest> = {
  MatchAll: (value) => {
    const tests = list(value)
    return (object) => tests.every((test) => test(object))
  },
  MatchAny: (value) => {
    const tests = list(value)
    return (object) => tests.some((test) => test(object))
  },
  MatchNone: (value) => {
    const tests = list(value)
    return (object) => !tests.some((test) => test(object))
  },
  Package: (value) => {
    const id = parse(idParam, value)
    return (object) => moveTypeOf(object).startsWith(`${id}::`)
  },
  MoveModule: (value) => {
    const { package: id, module } = parse(moduleSchema, value)
    return (object) => moveTypeOf(object).startsWith(`${id}::${module}::`)
  },
  StructType: (value) => {
    const type = parse(typeParam, value)
    // Without type arguments it means any.
    return (object) => moveTypeOf(object) === type || moveTypeOf(object).startsWith(`${type}<`)
  },
  AddressOwner: (value) => {
    const address = parse(idParam, value)
    return ({ owner }) => ownerAddress(owner) === address
  },
  ObjectOwner: (value) => {
    const id = parse(idParam, value)
    return ({ owner }) => 'ObjectOwner' in owner && owner.ObjectOwner === id
  },
  ObjectId: (value) => {
    const id = parse(idParam, value)
    return (object) => object.id === id
  },
  ObjectIds: (value) => {
    const ids = new Set(parse(idsSchema, value))
    return (object) => ids.has(object.id)
  },
  Version: (value) => {
    const version = parse(u64Param, value)
    return (object) => object.version === version
  },
}

function list(value: unknown): ObjectTest[] {
  return parse(v.array(v.unknown()), value).map(read)
}
