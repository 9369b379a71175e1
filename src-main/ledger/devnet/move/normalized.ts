import { type AbilitySet, COPY, DROP, KEY, STORE } from './format/index.ts'
import type { LinkedFunction, LinkedModule } from './library.ts'
import type { Type } from './type.ts'

const ABILITIES = [
  [COPY, 'Copy'],
  [DROP, 'Drop'],
  [STORE, 'Store'],
  [KEY, 'Key'],
] as const

const VISIBILITY = { private: 'Private', public: 'Public', friend: 'Friend' } as const

/** A module in the shape of `iota_getNormalizedMoveModule`. */
export function normalizedModule({ name, compiled, functions }: LinkedModule): unknown {
  const exposed = [...functions.values()].filter((fn) => fn.visibility !== 'private' || fn.entry)
  const structs = compiled.structs.map(({ datatype, fields }) => {
    const { name: full = '', abilities = 0, parameters = [] } = compiled.datatypes[datatype] ?? {}
    const typeParameters = parameters.map(({ constraints, phantom }) => ({
      constraints: abilitySet(constraints),
      isPhantom: phantom,
    }))
    const shown = fields.map((field) => ({ name: field.name, type: normalizedType(field.type) }))
    return [full.split('::')[2], { abilities: abilitySet(abilities), typeParameters, fields: shown }]
  })
  return {
    fileFormatVersion: compiled.version,
    address: short(name.address),
    name: name.name,
    friends: compiled.friends.map((friend) => ({ address: short(friend.address), name: friend.name })),
    structs: Object.fromEntries(structs) as unknown,
    exposedFunctions: Object.fromEntries(exposed.map((fn) => [fn.name, normalizedFunction(fn)])) as unknown,
  }
}

function normalizedFunction({ visibility, entry, typeParameters, parameters, returns }: LinkedFunction): unknown {
  return {
    visibility: VISIBILITY[visibility],
    isEntry: entry,
    typeParameters: typeParameters.map(abilitySet),
    parameters: parameters.map(normalizedType),
    return: returns.map(normalizedType),
  }
}

function abilitySet(set: AbilitySet): { abilities: string[] } {
  return { abilities: ABILITIES.filter(([bit]) => (set & bit) !== 0).map(([, name]) => name) }
}

function normalizedType(type: Type): unknown {
  switch (type.kind) {
    case 'int':
      return `U${type.bits}`
    case 'vector':
      return { Vector: normalizedType(type.of) }
    case 'parameter':
      return { TypeParameter: type.index }
    case 'reference':
      return { [type.mutable ? 'MutableReference' : 'Reference']: normalizedType(type.to) }
    case 'struct': {
      const [address = '', module, name] = type.name.split('::')
      return { Struct: { address: short(address), module, name, typeArguments: type.args.map(normalizedType) } }
    }
    default:
      return type.kind === 'bool' ? 'Bool' : type.kind === 'address' ? 'Address' : 'Signer'
  }
}

/** Normalized modules show addresses without leading zeros. */
function short(address: string): string {
  return `0x${address.slice(2).replace(/^0+(?=.)/, '')}`
}
