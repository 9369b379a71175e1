import { fromHex } from '../../../../base/index.ts'
import { broken } from '../failure.ts'
import { type CompiledModule, readModule, selfName } from '../format/index.ts'
import type { Library } from '../library.ts'
import { MAX_MODULES, MAX_VERIFY_STEPS } from '../limits.ts'
import { checkImports, checkTypes } from './declarations.ts'
import { checkFunction } from './function.ts'
import { fullAddress } from '../type.ts'
import type { MovePackage } from '../types.ts'

/** What a module carries as its own address until it is published. */
const UNPUBLISHED = fullAddress('0x0')

/** Modules as they will stand on the ledger: their own address becomes the package's id. Throws MoveFailure. */
export function verifyPackage(library: Library, modules: readonly Uint8Array[], id: string): MovePackage {
  if (modules.length === 0 || modules.length > MAX_MODULES) throw broken('a package has 1 to 64 modules')
  const named = new Map<string, Uint8Array>()
  const compiled: CompiledModule[] = []
  for (const bytes of modules) {
    const placed = atAddress(bytes, readModule(bytes), id)
    const module = readModule(placed)
    const { address, name } = selfName(module)
    if (address !== id) throw broken(`module ${name} has another address than its package`)
    if (named.has(name)) throw broken(`module ${name} comes twice`)
    named.set(name, placed)
    compiled.push(module)
  }
  if (library.hasPackage(id)) throw broken('the package is there already')
  checkPackage(library.fork(), compiled)
  const types = compiled.flatMap((module) => declaredTypes(module))
  return { id, modules: named, types, hasInitializer: compiled.some(hasInitializer) }
}

/** `init` runs once on a node when its module is published. */
function hasInitializer({ definitions, functions }: CompiledModule): boolean {
  return definitions.some(({ handle }) => functions[handle]?.name === 'init')
}

/** Everything that the modules declare, import and do, with each other at hand. */
function checkPackage(library: Library, compiled: readonly CompiledModule[]): void {
  const modules = compiled.map((module) => library.add(module))
  const budget = { left: MAX_VERIFY_STEPS }
  for (const module of modules) checkTypes(library, module)
  for (const module of modules) {
    checkImports(library, module)
    for (const fn of module.functions.values()) checkFunction(library, fn, budget)
  }
}

/** The bytes with every unpublished address replaced; addresses have a fixed length, so nothing moves. */
function atAddress(bytes: Uint8Array, { addresses, addressOffsets }: CompiledModule, id: string): Uint8Array {
  const placed = Uint8Array.from(bytes)
  addresses.forEach((address, index) => {
    if (address === UNPUBLISHED) placed.set(fromHex(id), addressOffsets[index])
  })
  return placed
}

function declaredTypes(module: CompiledModule): { module: string; name: string }[] {
  const { name } = selfName(module)
  return [...module.structs, ...module.enums].map(({ datatype }) => ({
    module: name,
    name: module.datatypes[datatype]?.name.split('::')[2] ?? '',
  }))
}
