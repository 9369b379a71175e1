import { broken } from '../failure.ts'
import { COPY, DROP, KEY, STORE } from '../format/index.ts'
import { type Datatype, type Library, type LinkedModule } from '../library.ts'
import { MAX_TYPES, MAX_VALUE_DEPTH } from '../limits.ts'
import { sameTypes, type Type } from '../type.ts'

const UID = `0x${'2'.padStart(64, '0')}::object::UID`

/** Types of a module are finite and have no more abilities than their fields allow. Throws MoveFailure. */
export function checkTypes(library: Library, module: LinkedModule): void {
  if (!module.compiled.constants.every(({ type }) => isPlain(type))) throw broken('a constant of a type that has none')
  const depths = new Map<string, number>()
  for (const { datatype } of [...module.compiled.structs, ...module.compiled.enums]) {
    const declared = library.datatype(module.compiled.datatypes[datatype]?.name ?? '')
    checkAbilities(library, declared)
    depthOf(library, declared.name, depths)
  }
}

function checkAbilities(library: Library, { name, abilities, parameters, variants }: Datatype): void {
  const fields = variants.flatMap((variant) => variant.fields)
  const bounds = parameters.map(({ constraints }) => constraints | COPY | DROP | STORE)
  for (const { type } of fields) {
    if (type.kind === 'reference' || type.kind === 'signer') throw broken(`${name} holds a reference`)
    checkWellFormed(library, type, bounds)
    const hidden = heldParameters(library, type).some((index) => parameters[index]?.phantom)
    if (hidden) throw broken(`${name} holds what it calls phantom`)
    const allowed = library.abilities(type, bounds)
    const needed = (abilities & (COPY | DROP | STORE)) | ((abilities & KEY) === 0 ? 0 : STORE)
    if ((allowed & needed) !== needed) throw broken(`${name} has abilities that its fields do not have`)
  }
  const [first] = fields
  const isObject = first?.type.kind === 'struct' && first.type.name === UID && first.name === 'id'
  if ((abilities & KEY) !== 0 && !isObject) throw broken(`${name} has key but no id`)
}

/** A type that contains itself would never end. Every type is looked at once: `depths` remembers, -1 while it is looked at. */
function depthOf(library: Library, name: string, depths: Map<string, number>): number {
  const known = depths.get(name)
  if (known === -1) throw broken(`${name} contains itself`)
  if (known !== undefined) return known
  depths.set(name, -1)
  if (depths.size > MAX_TYPES) throw broken('a package has too many types')
  const fields = library.datatype(name).variants.flatMap((variant) => variant.fields)
  const names = new Set(fields.flatMap(({ type }) => structsIn(type)))
  const depth = 1 + [...names].reduce((most, inner) => Math.max(most, depthOf(library, inner, depths)), 0)
  if (depth > MAX_VALUE_DEPTH) throw broken(`${name} is too deep`)
  depths.set(name, depth)
  return depth
}

/** Parameters that a type uses in a place that is not phantom: values of them lie inside. */
function heldParameters(library: Library, type: Type): number[] {
  if (type.kind === 'parameter') return [type.index]
  if (type.kind === 'vector') return heldParameters(library, type.of)
  if (type.kind !== 'struct') return []
  const { parameters } = library.datatype(type.name)
  return type.args.flatMap((argument, index) => (parameters[index]?.phantom ? [] : heldParameters(library, argument)))
}

/** Constants are values that anybody may make: numbers, addresses and lists of them, never a struct of somebody's. */
function isPlain(type: Type): boolean {
  if (type.kind === 'vector') return isPlain(type.of)
  return type.kind === 'int' || type.kind === 'bool' || type.kind === 'address'
}

function structsIn(type: Type): string[] {
  if (type.kind === 'vector') return structsIn(type.of)
  return type.kind === 'struct' ? [type.name, ...type.args.flatMap(structsIn)] : []
}

/** Names that are declared, with as many arguments as they take, each with the abilities it needs. */
export function checkWellFormed(library: Library, type: Type, bounds: readonly number[]): void {
  if (type.kind === 'parameter' && type.index >= bounds.length) throw broken('a type parameter that is not there')
  if (type.kind === 'vector') checkWellFormed(library, type.of, bounds)
  if (type.kind === 'reference') checkWellFormed(library, type.to, bounds)
  if (type.kind !== 'struct') return
  const { parameters } = library.datatype(type.name)
  if (parameters.length !== type.args.length) throw broken(`${type.name} with other type arguments`)
  type.args.forEach((argument, index) => {
    checkWellFormed(library, argument, bounds)
    const needed = parameters[index]?.constraints ?? 0
    if ((library.abilities(argument, bounds) & needed) !== needed)
      throw broken(`${type.name} of a type without abilities`)
  })
}

/** What a module says of others is what they declare, and it may call it. */
export function checkImports(library: Library, module: LinkedModule): void {
  const { compiled, id } = module
  for (const { name, abilities, parameters } of compiled.datatypes) {
    const declared = library.datatype(name)
    const same = JSON.stringify([abilities, parameters]) === JSON.stringify([declared.abilities, declared.parameters])
    if (!same) throw broken(`${name} is declared otherwise`)
  }
  compiled.functions.forEach((handle, index) => {
    const fn = library.callee(module, index)
    const parameters = compiled.signatures[handle.parameters] ?? []
    const returns = compiled.signatures[handle.returns] ?? []
    const same =
      sameTypes(parameters, fn.parameters) &&
      sameTypes(returns, fn.returns) &&
      handle.typeParameters.join() === fn.typeParameters.join()
    if (!same) throw broken(`${fn.module.id}::${fn.name} is declared otherwise`)
    const isFriend = fn.module.compiled.friends.some(({ address, name }) => `${address}::${name}` === id)
    const callable = fn.module.id === id || fn.visibility === 'public' || (fn.visibility === 'friend' && isFriend)
    if (!callable) throw broken(`${fn.module.id}::${fn.name} is private`)
  })
}
