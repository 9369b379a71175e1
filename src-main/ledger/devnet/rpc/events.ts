import * as v from 'valibot'
import type { LocalNode } from '../node.ts'
import type { ChainEvent, EventPosition } from '../types.ts'
import { invalidParams } from './errors.ts'
import { type EventQuery, eventQuery } from './event-filter.ts'
import { eventView } from './events-view.ts'
import { method, type MethodTable } from './method.ts'
import { pageOf, pageSize } from './page.ts'
import { descendingParam, digestParam, limitParam, u64Param } from './params.ts'
import { knownEntry } from './transactions.ts'

const eventCursorParam = v.nullish(v.object({ txDigest: digestParam, eventSeq: u64Param }))
/** Events that one request looks at: a filter that hits nothing must not read the whole history at once. */
const MAX_SCANNED = 10_000
const SCAN_STEP = 500

export const eventMethods: MethodTable = {
  iota_getEvents: method([digestParam], (node, digest) =>
    knownEntry(node, digest).execution.events.map((event) => eventView(node, event)),
  ),
  iotax_queryEvents: method(
    [v.unknown(), eventCursorParam, limitParam, descendingParam],
    (node, filter, cursor, limit, descending) => {
      const size = pageSize(limit)
      const query = eventQuery(node, filter)
      const { found, stopped } = scan(node, query, cursor && positionOf(node, cursor), size + 1, descending ?? false)
      const { data, nextCursor, hasNextPage } = pageOf(found, size, idOf)
      const events = data.map((event) => eventView(node, event))
      // A page may be short where the search went on for long: its cursor goes on where the search stopped.
      if (stopped) return { data: events, nextCursor: idOf(stopped), hasNextPage: true }
      return { data: events, nextCursor, hasNextPage }
    },
  ),
}

function scan(
  node: LocalNode,
  { base, test }: EventQuery,
  after: EventPosition | null | undefined,
  wanted: number,
  descending: boolean,
): { found: ChainEvent[]; stopped?: ChainEvent } {
  const step = test ? SCAN_STEP : wanted
  const found: ChainEvent[] = []
  let position = after ?? undefined
  for (let scanned = 0; ; scanned += step) {
    const events = node.chain.events(base, { ...(position && { after: position }), limit: step, descending })
    for (const event of events) if (found.length < wanted && (!test || test(event))) found.push(event)
    const last = events.at(-1)
    if (!last || events.length < step || found.length >= wanted) return { found }
    if (scanned + step >= MAX_SCANNED) return { found, stopped: last }
    position = { checkpoint: last.checkpoint, sequence: last.sequence }
  }
}

function positionOf(node: LocalNode, { txDigest, eventSeq }: { txDigest: string; eventSeq: bigint }): EventPosition {
  const entry = node.chain.entry(txDigest)
  if (!entry) throw invalidParams('Invalid params: unknown cursor')
  return { checkpoint: entry.checkpoint, sequence: eventSeq }
}

function idOf({ transaction, sequence }: ChainEvent): object {
  return { txDigest: transaction, eventSeq: sequence.toString() }
}
