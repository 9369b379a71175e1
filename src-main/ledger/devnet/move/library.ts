import {
  type AbilitySet,
  ALL_ABILITIES,
  type CodeUnit,
  type CompiledModule,
  COPY,
  DROP,
  type EnumDefinition,
  type Field,
  KEY,
  moduleId,
  type ModuleName,
  selfName,
  STORE,
  type TypeParameter,
} from './format/index.ts'
import { broken } from './failure.ts'
import type { Type } from './type.ts'

/** A function with everything its frame needs. */
export interface LinkedFunction {
  module: LinkedModule
  name: string
  /** Index of the definition: what locations in effects name. */
  index: number
  visibility: 'private' | 'public' | 'friend'
  entry: boolean
  typeParameters: AbilitySet[]
  parameters: Type[]
  returns: Type[]
  /** Parameters and locals. */
  locals: Type[]
  /** Absent for a native function. */
  code?: CodeUnit
}

export interface LinkedModule {
  id: string
  name: ModuleName
  compiled: CompiledModule
  functions: ReadonlyMap<string, LinkedFunction>
  /** By number of function handle; filled as they are called. */
  callees: (LinkedFunction | undefined)[]
}

/** A struct or enum. */
export interface Datatype {
  name: string
  module: LinkedModule
  abilities: AbilitySet
  parameters: TypeParameter[]
  /** One list of fields for a struct, one for each variant of an enum. */
  variants: { name: string; fields: Field[] }[]
  isEnum: boolean
}

const PRIMITIVE: AbilitySet = COPY | DROP | STORE

/** Every module that can be called or named, by `0x…::name`. */
export class Library {
  readonly #modules = new Map<string, LinkedModule>()
  readonly #datatypes = new Map<string, Datatype>()

  add(compiled: CompiledModule): LinkedModule {
    const module = link(compiled)
    this.#modules.set(module.id, module)
    for (const datatype of datatypesOf(module)) this.#datatypes.set(datatype.name, datatype)
    return module
  }

  /** The same modules, to which others can be added apart. */
  fork(): Library {
    const fork = new Library()
    for (const [id, module] of this.#modules) fork.#modules.set(id, module)
    for (const [name, datatype] of this.#datatypes) fork.#datatypes.set(name, datatype)
    return fork
  }

  module(id: string): LinkedModule | undefined {
    return this.#modules.get(id)
  }

  hasPackage(address: string): boolean {
    return [...this.#modules.values()].some((module) => module.name.address === address)
  }

  /** Throws MoveFailure for a type that no module declares. */
  datatype(name: string): Datatype {
    const found = this.#datatypes.get(name)
    if (!found) throw broken(`no module declares ${name}`)
    return found
  }

  /** The function that a handle of a module names. Throws MoveFailure. */
  callee(module: LinkedModule, handle: number): LinkedFunction {
    const known = module.callees[handle]
    if (known) return known
    const { module: target, name } = module.compiled.functions[handle] ?? { module: -1, name: '' }
    const owner = module.compiled.modules[target]
    const found = owner && this.#modules.get(moduleId(owner))?.functions.get(name)
    if (!owner || !found) throw broken(`there is no function ${owner ? moduleId(owner) : ''}::${name}`)
    module.callees[handle] = found
    return found
  }

  /** What may be done with values of a closed type, or of one whose parameters have the abilities given. */
  abilities(type: Type, parameters: readonly AbilitySet[] = []): AbilitySet {
    switch (type.kind) {
      case 'signer':
        return DROP
      case 'reference':
        return COPY | DROP
      case 'parameter':
        return parameters[type.index] ?? 0
      case 'vector':
        return PRIMITIVE & this.abilities(type.of, parameters)
      case 'struct':
        return this.#structAbilities(type, parameters)
      default:
        return PRIMITIVE
    }
  }

  /** Copy, drop and store need the same of every argument that is not phantom; key needs their store. */
  #structAbilities(type: Type & { kind: 'struct' }, parameters: readonly AbilitySet[]): AbilitySet {
    const datatype = this.datatype(type.name)
    if (datatype.parameters.length !== type.args.length) throw broken(`${type.name} with other type arguments`)
    const inner = type.args
      .filter((_, index) => !datatype.parameters[index]?.phantom)
      .map((argument) => this.abilities(argument, parameters))
    const common = inner.reduce((sum, abilities) => sum & abilities, ALL_ABILITIES)
    const key = (common & STORE) === 0 ? 0 : KEY
    return datatype.abilities & ((common & PRIMITIVE) | key)
  }
}

function link(compiled: CompiledModule): LinkedModule {
  const name = selfName(compiled)
  const functions = new Map<string, LinkedFunction>()
  const module: LinkedModule = { id: moduleId(name), name, compiled, functions, callees: [] }
  compiled.definitions.forEach(({ handle, visibility, entry, code }, index) => {
    const { name: own = '', parameters = 0, returns = 0, typeParameters = [] } = compiled.functions[handle] ?? {}
    if (functions.has(own)) throw broken(`${own} is defined twice`)
    const taken = compiled.signatures[parameters] ?? []
    const locals = code ? [...taken, ...(compiled.signatures[code.locals] ?? [])] : taken
    const shape = { name: own, index, visibility, entry, typeParameters, parameters: taken, locals }
    const linked = { ...shape, module, returns: compiled.signatures[returns] ?? [] }
    functions.set(own, code ? { ...linked, code } : linked)
  })
  return module
}

function datatypesOf(module: LinkedModule): Datatype[] {
  const { datatypes, structs, enums } = module.compiled
  const make = (handle: number, variants: EnumDefinition['variants'], isEnum: boolean): Datatype => {
    const { name = '', abilities = 0, parameters = [] } = datatypes[handle] ?? {}
    return { name, module, abilities, parameters, variants, isEnum }
  }
  return [
    ...structs.map(({ datatype, fields }) => make(datatype, [{ name: '', fields }], false)),
    ...enums.map(({ datatype, variants }) => make(datatype, variants, true)),
  ]
}
