import * as v from 'valibot'
import type { LocalNode } from '../node.ts'

/** Types of a module as `iota_getNormalizedMoveModule` gives them; only what is looked into is named. */
export type NormalizedType =
  | string
  | { Vector: NormalizedType }
  | { Struct: NormalizedStruct }
  | { Reference: NormalizedType }
  | { MutableReference: NormalizedType }
  | { TypeParameter: number }

export interface NormalizedStruct {
  /** Without leading zeros. */
  address: string
  module: string
  name: string
}

export interface NormalizedFunction {
  parameters: NormalizedType[]
}

const moduleSchema = v.object({
  exposedFunctions: v.record(v.string(), v.custom<NormalizedFunction>(isFunction)),
  structs: v.record(v.string(), v.unknown()),
})

/** The parts of a module by name; undefined where no such module can be called. */
export function moduleOf(
  node: LocalNode,
  packageId: string,
  module: string,
): v.InferOutput<typeof moduleSchema> | undefined {
  const value = node.chain.machine.normalized(packageId, module)
  return value === undefined ? undefined : v.parse(moduleSchema, value)
}

export function functionOf(
  node: LocalNode,
  packageId: string,
  module: string,
  name: string,
): NormalizedFunction | undefined {
  const functions = moduleOf(node, packageId, module)?.exposedFunctions
  return functions && Object.hasOwn(functions, name) ? functions[name] : undefined
}

function isFunction(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'parameters' in value && Array.isArray(value.parameters)
}
