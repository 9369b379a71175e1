import * as v from 'valibot'
import { invalidParams } from './errors.ts'

/** Filters nest; nobody writes deeper ones, and recursion must end. */
const MAX_DEPTH = 16
/** All parts of a filter together. */
const MAX_PARTS = 256

/** The one name and its value of a filter such as `{ "Sender": "0x…" }`. Throws -32602 for another shape. */
export function variantOf(filter: unknown): [name: string, value: unknown] {
  const entries = typeof filter === 'object' && filter !== null && !Array.isArray(filter) ? Object.entries(filter) : []
  const [first, ...others] = entries
  if (!first || others.length > 0) throw invalidParams('Invalid params: a filter has exactly one name')
  return first
}

/** Throws -32602 for a filter that is too deep or too wide to be meant well. */
export function checkDepth(filter: unknown): void {
  let level = [filter]
  let parts = 0
  for (let depth = 0; level.length > 0; depth++) {
    parts += level.length
    if (depth > MAX_DEPTH || parts > MAX_PARTS) throw invalidParams('Invalid params: the filter is too large')
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
}

/** A part of a filter by its schema. Throws -32602. */
export function filterPart<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  const result = v.safeParse(schema, value)
  if (!result.success) throw invalidParams(`Invalid params: filter: ${result.issues[0].message}`)
  return result.output
}
