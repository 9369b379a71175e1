import type { LocalNode } from '../node.ts'
import { decodePackage } from '../objects/index.ts'
import { invalidParams } from './errors.ts'
import { refuseFramework } from './framework.ts'
import { method, type MethodTable } from './method.ts'
import { functionOf, moduleOf, type NormalizedType } from './normalized.ts'
import { idParam, identifierParam } from './params.ts'

/** What published modules look like. */
export const moveMethods: MethodTable = {
  iota_getNormalizedMoveModulesByPackage: method([idParam], (node, id) => {
    refuseFramework(id, 'A list of modules')
    const object = node.chain.objects.get(id)
    if (!object || !('Package' in object.type)) throw invalidParams(`Package object does not exist with ID ${id}`)
    const names = [...decodePackage(object).modules.keys()]
    return Object.fromEntries(names.map((name) => [name, node.chain.machine.normalized(id, name)]))
  }),
  iota_getNormalizedMoveModule: method([idParam, identifierParam], (node, id, module) => {
    refuseFramework(id, `Module ${module}`)
    return knownModule(node, id, module)
  }),
  iota_getNormalizedMoveFunction: method([idParam, identifierParam, identifierParam], knownFunction),
  iota_getNormalizedMoveStruct: method([idParam, identifierParam, identifierParam], (node, id, module, name) => {
    knownModule(node, id, module)
    const structs = moduleOf(node, id, module)?.structs ?? {}
    if (Object.hasOwn(structs, name)) return structs[name]
    refuseFramework(id, `Struct ${name}`)
    throw invalidParams(`No struct was found with struct name ${name}`)
  }),
  iota_getMoveFunctionArgTypes: method([idParam, identifierParam, identifierParam], (node, id, module, name) =>
    knownFunction(node, id, module, name).parameters.map(argumentType),
  ),
}

function knownModule(node: LocalNode, id: string, module: string): unknown {
  const found = node.chain.machine.normalized(id, module)
  if (found !== undefined) return found
  refuseFramework(id, `Module ${module}`)
  throw invalidParams(`No module was found with package ID ${id} and module name ${module}`)
}

function knownFunction(node: LocalNode, id: string, module: string, name: string) {
  knownModule(node, id, module)
  const found = functionOf(node, id, module, name)
  if (found) return found
  refuseFramework(id, `Function ${name}`)
  throw invalidParams(`No function was found with function name ${name}`)
}

function argumentType(type: NormalizedType): object | string {
  if (typeof type === 'string') return 'Pure'
  if ('Struct' in type) return { Object: 'ByValue' }
  if ('Reference' in type) return { Object: 'ByImmutableReference' }
  if ('MutableReference' in type) return { Object: 'ByMutableReference' }
  return 'Pure'
}
