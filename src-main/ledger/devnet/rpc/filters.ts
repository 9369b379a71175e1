import * as v from 'valibot'
import type { Chain } from '../chain.ts'
import { RPC_CODES, RpcError } from './errors.ts'
import { countParam, idParam } from './params.ts'

/** Gives the indexes of the transactions that a filter names, oldest first. */
export type Select = (chain: Chain) => readonly number[]

/** The transaction filters of a node that this ledger has; the others are refused as not supported. */
export const filterParam = v.nullish(
  v.union([
    v.pipe(
      v.strictObject({ FromAddress: idParam }),
      select((filter, chain) => chain.sentBy(filter.FromAddress)),
    ),
    v.pipe(
      v.strictObject({ ToAddress: idParam }),
      select((filter, chain) => chain.receivedBy(filter.ToAddress)),
    ),
    v.pipe(
      v.strictObject({ FromOrToAddress: v.strictObject({ addr: idParam }) }),
      select((filter, chain) => chain.involving(filter.FromOrToAddress.addr)),
    ),
    v.pipe(
      v.strictObject({ FromAndToAddress: v.strictObject({ from: idParam, to: idParam }) }),
      select(({ FromAndToAddress: { from, to } }, chain) => common(chain.sentBy(from), chain.receivedBy(to))),
    ),
    v.pipe(
      v.strictObject({ ChangedObject: idParam }),
      select((filter, chain) => chain.changing(filter.ChangedObject)),
    ),
    v.pipe(
      v.strictObject({ InputObject: idParam }),
      select((filter, chain) => reading(chain, filter.InputObject)),
    ),
    v.pipe(
      v.strictObject({ Checkpoint: countParam }),
      select((filter, chain) => inCheckpoint(chain, filter.Checkpoint)),
    ),
  ]),
)

/** Names of a node's filters that this ledger has not. */
const OTHER_FILTERS = [
  'MoveFunction',
  'TransactionKind',
  'TransactionKindIn',
  'FromAddressAndKind',
  'WrappedOrDeletedObject',
]

/** Throws -32601 for a filter that only a real node has, before its form is checked. */
export function refuseUnknownFilter(query: unknown): void {
  const shape = v.safeParse(v.object({ filter: v.record(v.string(), v.unknown()) }), query)
  const name = shape.success ? Object.keys(shape.output.filter).find((each) => OTHER_FILTERS.includes(each)) : undefined
  if (name) throw new RpcError(RPC_CODES.methodNotFound, `Filter ${name} is not supported by this devnet`)
}

function select<T>(run: (filter: T, chain: Chain) => readonly number[]) {
  return v.transform(
    (filter: T): Select =>
      (chain) =>
        run(filter, chain),
  )
}

function common(a: readonly number[], b: readonly number[]): number[] {
  const other = new Set(b)
  return a.filter((index) => other.has(index))
}

function reading(chain: Chain, id: string): number[] {
  const reads = (index: number) =>
    chain.entries[index]?.execution.changes.some((change) => change.id === id && change.before) ?? false
  return chain.changing(id).filter(reads)
}

function inCheckpoint(chain: Chain, number: number): number[] {
  return number >= 1 && number <= chain.height ? [number - 1] : []
}
