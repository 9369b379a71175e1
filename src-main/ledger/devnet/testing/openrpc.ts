import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'

const NULLABLE = new Set(['iotax_getCoinMetadata'])
const LOCATION = 'shared/vectors/iota/openrpc.json'

interface Published {
  methods: { name: string; result: { schema: object } }[]
  components: { schemas: Record<string, object> }
}

/** Says what is wrong with a method's result; undefined where it is as published, or the method is not. */
export type CheckResult = (method: string, result: unknown) => string | undefined

/**
 * The published interface of IOTA nodes, looked for beside the checkout; undefined where it is not there. Three of its
 * places are corrected to what nodes do: versions of coins and objects are texts, signatures are base64, and the metadata
 * of an unknown coin are null.
 */
export function publishedInterface(): CheckResult | undefined {
  const path = find(import.meta.dirname)
  if (path === undefined) return undefined
  const published = JSON.parse(readFileSync(path, 'utf8')) as Published
  const { schemas } = published.components
  schemas.SequenceNumber = schemas.SequenceNumber2 = { type: ['integer', 'string'] }
  schemas.GenericSignature = { type: 'string' }
  const ajv = new Ajv({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'published', components: published.components })
  const checks = new Map(
    published.methods.map(({ name, result }) => [name, ajv.compile(withReferences(result.schema) as object)]),
  )
  return (method, result) => {
    const check = checks.get(method)
    if (!check || (result === null && NULLABLE.has(method)) || check(result)) return undefined
    return `${method}: ${ajv.errorsText(check.errors)}`
  }
}

function find(folder: string): string | undefined {
  const path = join(folder, LOCATION)
  if (existsSync(path)) return path
  const above = dirname(folder)
  return above === folder ? undefined : find(above)
}

/** References of the document (`#/components/…`) as seen from outside of it. */
function withReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withReferences)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, key === '$ref' ? `published${value}` : withReferences(value)]),
  )
}
