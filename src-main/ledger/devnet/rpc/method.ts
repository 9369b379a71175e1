import * as v from 'valibot'
import type { LocalNode } from '../node.ts'
import { invalidParams, notSupported } from './errors.ts'

/** A method of the interface: parameters by position, checked before it runs. */
export type Method = (node: LocalNode, params: unknown[]) => unknown
export type MethodTable = Record<string, Method>

type Schema = v.GenericSchema<unknown, unknown>
type Outputs<Schemas extends readonly Schema[]> = { -readonly [K in keyof Schemas]: v.InferOutput<Schemas[K]> }

/** Schemas and handler as one value. Missing parameters are undefined; a wrong one is -32602 with the reason. */
export function method<const Schemas extends readonly Schema[]>(
  schemas: Schemas,
  run: (node: LocalNode, ...params: Outputs<Schemas>) => unknown,
): Method {
  return (node, params) => {
    if (params.length > schemas.length) throw invalidParams('Invalid params: too many')
    const values = schemas.map((schema, index) => {
      const result = v.safeParse(schema, params[index])
      if (!result.success) throw invalidParams(`Invalid params: ${index + 1}: ${result.issues[0].message}`)
      return result.output
    })
    return run(node, ...(values as Outputs<Schemas>))
  }
}

/** A method that only a real node has: known by name, so that it is refused for what it is. */
export function unsupported(name: string): Method {
  return () => {
    throw notSupported(name)
  }
}
