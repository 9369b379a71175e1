import * as v from 'valibot'
import type { LocalNode } from '../node.ts'
import { invalidParams } from './errors.ts'
import { transactionFilter } from './filters.ts'
import { method, type MethodTable } from './method.ts'
import { pageOf, pageSize } from './page.ts'
import { descendingParam, digestParam, limitParam, transactionOptionsParam } from './params.ts'
import { transactionView } from './transaction-view.ts'

const queryParam = v.nullish(v.object({ filter: v.nullish(v.unknown()), options: transactionOptionsParam }))

export const queryMethods: MethodTable = {
  iotax_queryTransactionBlocks: method(
    [queryParam, v.nullish(digestParam), limitParam, descendingParam],
    (node, query, cursor, limit, descending) => {
      const size = pageSize(limit)
      const filter = transactionFilter(query?.filter)
      const after = cursor == null ? {} : { after: position(node, cursor) }
      const found = filter
        ? node.chain.transactions(filter, { ...after, limit: size + 1, descending: descending ?? false })
        : []
      const { data, ...rest } = pageOf(found, size, ({ digest }) => digest)
      return { data: data.map((entry) => transactionView(node, entry, query?.options)), ...rest }
    },
  ),
}

function position(node: LocalNode, digest: string): number {
  const entry = node.chain.entry(digest)
  if (!entry) throw invalidParams('Invalid params: unknown cursor')
  return entry.checkpoint
}
