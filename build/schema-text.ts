/** As much of a valibot schema as a description of it needs. */
export interface Schema {
  kind: 'schema'
  type: string
  entries?: Record<string, Schema>
  item?: Schema
  items?: Schema[]
  wrapped?: Schema
  options?: (string | Schema)[]
  pipe?: Step[]
  default?: unknown
}
interface Step {
  kind: string
  type: string
  requirement?: unknown
}
/** Schemas that have a name of their own in the document. */
export type Named = Map<Schema, string>

const INDENT = '  '
/** A shape that is shorter than this stands on one line. */
const LINE = 100

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'schema'
}

/**
 * A schema as TypeScript would write its type, as JSON shows it, by its name where it has one.
 * `comments`, by field name, stand behind the fields.
 */
export function shape(schema: Schema, named: Named, comments?: Map<string, string>): string {
  return named.get(schema) ?? definition(schema, named, comments)
}

/** The same with its fields, whether or not it has a name. */
export function definition(schema: Schema, named: Named, comments?: Map<string, string>): string {
  return schema.entries ? objectShape(schema.entries, named, comments) : typeOf(schema, named, comments)
}

function objectShape(entries: Record<string, Schema>, named: Named, comments?: Map<string, string>): string {
  const fields = Object.entries(entries).map(([name, field]) => {
    const optional = field.type === 'optional'
    const text = `${name}${optional ? '?' : ''}: ${typeOf(field, named, comments)}`
    return { text, comment: [rulesOf(field, named), comments?.get(name)].filter(Boolean).join('. ') }
  })
  const line = `{ ${fields.map(({ text }) => text).join('; ')} }`
  if (fields.length === 0) return '{}'
  if (line.length <= LINE && fields.every(({ comment }) => !comment)) return line
  const lines = fields.map(({ text, comment }) => `${text}${comment ? ` // ${comment}` : ''}`)
  return `{\n${lines
    .join('\n')
    .split('\n')
    .map((text) => INDENT + text)
    .join('\n')}\n}`
}

function typeOf(schema: Schema, named: Named, comments?: Map<string, string>): string {
  const name = named.get(schema)
  if (name) return name
  if (schema.wrapped) return typeOf(schema.wrapped, named, comments)
  if (schema.type === 'array' && schema.item) return `${bracketed(typeOf(schema.item, named, comments))}[]`
  if (schema.type === 'picklist' && schema.options)
    return schema.options.map((option) => `'${String(option)}'`).join(' | ')
  if (schema.entries) return objectShape(schema.entries, named, comments)
  return schema.type === 'instance' ? 'Uint8Array' : schema.type
}

function bracketed(text: string): string {
  return text.includes(' | ') ? `(${text})` : text
}

/** What a field without a name of its own must keep to, in words. */
function rulesOf(schema: Schema, named: Named): string {
  if (named.has(schema)) return ''
  if (schema.wrapped) {
    const given = schema.default === undefined ? '' : `default ${String(schema.default)}`
    return [rulesOf(schema.wrapped, named), given].filter(Boolean).join(', ')
  }
  return limits(schema).join(', ')
}

/** A named schema that is no object: its JSON type and its limits. */
export function scalarRules(schema: Schema): string {
  if (schema.type === 'picklist') return (schema.options ?? []).map((option) => `\`'${String(option)}'\``).join(', ')
  if (schema.type === 'union') return 'string of decimal digits'
  return [schema.type, ...limits(schema)].join(', ')
}

function limits(schema: Schema): string[] {
  const steps = schema.pipe ?? []
  const requirement = (type: string) => steps.find((step) => step.type === type)?.requirement
  const unit = schema.type === 'array' ? 'entries' : 'characters'
  const found: string[] = []
  if (steps.some(({ type }) => type === 'integer')) found.push('whole')
  found.push(...range(requirement('min_length'), requirement('max_length'), unit))
  found.push(...range(requirement('min_value'), requirement('max_value'), ''))
  const pattern = requirement('regex')
  if (pattern instanceof RegExp) found.push(`\`${pattern.source}\``)
  return found
}

function range(least: unknown, most: unknown, unit: string): string[] {
  const words =
    least === undefined
      ? most === undefined
        ? ''
        : `at most ${String(most)}`
      : most === undefined
        ? `at least ${String(least)}`
        : `${String(least)} to ${String(most)}`
  return words ? [`${words} ${unit}`.trim()] : []
}
