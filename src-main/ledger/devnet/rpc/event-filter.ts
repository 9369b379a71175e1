import * as v from 'valibot'
import type { LocalNode } from '../node.ts'
import type { ChainEvent, EventFilter } from '../types.ts'
import { invalidParams } from './errors.ts'
import { parsedEvent } from './events-view.ts'
import { checkDepth, filterPart, variantOf } from './filter-shape.ts'
import { countParam, digestParam, idParam, identifierParam, typeParam } from './params.ts'

type EventTest = (event: ChainEvent) => boolean

/** What the chain's index finds by itself, and what is tried on each of those. */
export interface EventQuery {
  base: EventFilter
  test?: EventTest
}

const moduleSchema = v.object({ package: idParam, module: identifierParam })
const pairSchema = v.tuple([v.unknown(), v.unknown()])
const listSchema = v.array(v.unknown())
const rangeSchema = v.object({ startTime: countParam, endTime: countParam })
const fieldSchema = v.object({ path: v.pipe(v.string(), v.maxLength(256)), value: v.unknown() })

/** Reads EventFilter. Throws -32602 for anything else. */
export function eventQuery(node: LocalNode, filter: unknown): EventQuery {
  checkDepth(filter)
  return read(node, filter)
}

function read(node: LocalNode, filter: unknown): EventQuery {
  const [name, value] = variantOf(filter)
  const base = simple(name, value)
  if (base) return { base }
  switch (name) {
    case 'All':
      return every(filterPart(listSchema, value).map((each) => read(node, each)))
    case 'And':
      return every(filterPart(pairSchema, value).map((each) => read(node, each)))
    case 'Any':
      return some(filterPart(listSchema, value).map((each) => read(node, each)))
    case 'Or':
      return some(filterPart(pairSchema, value).map((each) => read(node, each)))
    case 'MoveEventField':
      return fieldQuery(node, filterPart(fieldSchema, value))
    default:
      throw invalidParams(`Invalid params: unknown filter ${name.slice(0, 40)}`)
  }
}

/** The filters that the chain has an index for. */
function simple(name: string, value: unknown): EventFilter | undefined {
  switch (name) {
    case 'Sender':
      return { sender: filterPart(idParam, value) }
    case 'Transaction':
      return { transaction: filterPart(digestParam, value) }
    case 'Package':
      return { package: filterPart(idParam, value) }
    case 'MoveModule':
      return filterPart(moduleSchema, value)
    case 'MoveEventModule':
      return { definedIn: filterPart(moduleSchema, value) }
    case 'MoveEventType':
      return { type: filterPart(typeParam, value) }
    case 'TimeRange': {
      const { startTime, endTime } = filterPart(rangeSchema, value)
      return { from: startTime, to: endTime }
    }
    default:
      return undefined
  }
}

/** The first part is looked up, the others are tried on what it gives. */
function every(parts: EventQuery[]): EventQuery {
  const [first = { base: { all: true } }, ...others] = parts
  const tests = [...(first.test ? [first.test] : []), ...others.map(testOf)]
  return tests.length === 0 ? first : { base: first.base, test: (event) => tests.every((test) => test(event)) }
}

function some(parts: EventQuery[]): EventQuery {
  const tests = parts.map(testOf)
  return { base: { all: true }, test: (event) => tests.some((test) => test(event)) }
}

function fieldQuery(node: LocalNode, { path, value }: { path: string; value?: unknown }): EventQuery {
  const wanted = JSON.stringify(value)
  const steps = path.split('/').filter((step) => step !== '')
  const test = (event: ChainEvent) => JSON.stringify(fieldAt(parsedEvent(node, event), steps)) === wanted
  return { base: { all: true }, test }
}

function fieldAt(value: unknown, steps: string[]): unknown {
  let at = value
  for (const step of steps) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Record<string, unknown>)[step]
  }
  return at
}

function testOf({ base, test }: EventQuery): EventTest {
  return (event) => matches(event, base) && (!test || test(event))
}

function matches(event: ChainEvent, filter: EventFilter): boolean {
  if ('all' in filter) return true
  if ('sender' in filter) return event.sender === filter.sender
  if ('transaction' in filter) return event.transaction === filter.transaction
  if ('type' in filter) return event.type === filter.type
  if ('from' in filter) return event.time >= filter.from && event.time < filter.to
  if ('definedIn' in filter) {
    const { package: id, module } = filter.definedIn
    return event.type.startsWith(module === undefined ? `${id}::` : `${id}::${module}::`)
  }
  return event.packageId === filter.package && (filter.module === undefined || event.module === filter.module)
}
