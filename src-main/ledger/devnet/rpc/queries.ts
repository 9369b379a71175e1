import * as v from 'valibot'
import type { LocalNode } from '../node.ts'
import { invalidParams } from './errors.ts'
import { filterParam, refuseUnknownFilter } from './filters.ts'
import { method, type Method } from './method.ts'
import { firstIndex, pageSize } from './page.ts'
import { cursorParam, descendingParam, limitParam, transactionOptionsParam } from './params.ts'
import { transactionView } from './transaction-view.ts'

const queryParam = v.nullish(
  v.pipe(
    v.unknown(),
    v.check((query) => {
      refuseUnknownFilter(query)
      return true
    }),
    v.object({ filter: filterParam, options: transactionOptionsParam }),
  ),
)

export const queryMethods: Record<string, Method> = {
  iotax_queryTransactionBlocks: method(
    [queryParam, cursorParam, limitParam, descendingParam],
    (node, query, cursor, limit, descending) => {
      const indexes = query?.filter ? query.filter(node.chain) : Array.from(node.chain.entries.keys())
      const size = pageSize(limit)
      const chosen = descending ? before(node, indexes, cursor, size) : after(node, indexes, cursor, size)
      const data = chosen.data.flatMap((index) => node.chain.entries[index] ?? [])
      return {
        data: data.map((entry) => transactionView(entry, query?.options)),
        nextCursor: data.at(-1)?.transaction.digest ?? null,
        hasNextPage: chosen.more,
      }
    },
  ),
  iotax_queryEvents: method([v.unknown(), v.unknown(), limitParam, descendingParam], () => ({
    data: [],
    nextCursor: null,
    hasNextPage: false,
  })),
}

interface Slice {
  data: number[]
  more: boolean
}

function after(node: LocalNode, indexes: readonly number[], cursor: string | null | undefined, size: number): Slice {
  const from = cursor == null ? -1 : position(node, cursor)
  const start = firstIndex(indexes.length, (at) => (indexes[at] ?? 0) > from)
  return { data: indexes.slice(start, start + size), more: start + size < indexes.length }
}

function before(node: LocalNode, indexes: readonly number[], cursor: string | null | undefined, size: number): Slice {
  const from = cursor == null ? Infinity : position(node, cursor)
  const end = firstIndex(indexes.length, (at) => (indexes[at] ?? 0) >= from)
  return { data: indexes.slice(Math.max(0, end - size), end).reverse(), more: end > size }
}

function position(node: LocalNode, digest: string): number {
  const entry = node.chain.entry(digest)
  if (!entry) throw invalidParams('Invalid params: unknown cursor')
  return entry.checkpoint - 1
}
