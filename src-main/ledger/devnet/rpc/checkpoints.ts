import * as v from 'valibot'
import type { LocalNode } from '../node.ts'
import { gasView } from './effects-view.ts'
import { invalidParams } from './errors.ts'
import { method, type Method } from './method.ts'
import { pageSize } from './page.ts'
import { countParam, cursorParam, descendingParam, digestParam, limitParam } from './params.ts'

const MAX_CHECKPOINT_PAGE = 100
const NO_GAS = gasView({
  computationCost: 0n,
  computationCostBurned: 0n,
  storageCost: 0n,
  storageRebate: 0n,
  nonRefundableStorageFee: 0n,
})

export const checkpointMethods: Record<string, Method> = {
  iota_getLatestCheckpointSequenceNumber: method([], (node) => String(node.chain.height)),
  iota_getCheckpoint: method([v.union([countParam, digestParam])], (node, id) =>
    checkpointView(node, typeof id === 'number' ? id : numberOf(node, id)),
  ),
  iota_getCheckpoints: method([cursorParam, limitParam, descendingParam], (node, cursor, limit, descending) => {
    const { height } = node.chain
    const step = descending ? -1 : 1
    const first = cursor == null ? (descending ? height : 0) : sequence(cursor) + step
    const most = descending ? first + 1 : height - first + 1
    const count = Math.max(0, Math.min(pageSize(limit, MAX_CHECKPOINT_PAGE), most))
    const numbers = Array.from({ length: count }, (_, index) => first + index * step)
    return {
      data: numbers.map((number) => checkpointView(node, number)),
      nextCursor: numbers.length > 0 ? String(numbers.at(-1)) : null,
      hasNextPage: most > count,
    }
  }),
}

/** Each transaction is a checkpoint of its own; number 0 is the genesis. */
function checkpointView({ chain }: LocalNode, number: number): object {
  const entry = chain.entries[number - 1]
  if (number !== 0 && !entry) throw invalidParams(`Verified checkpoint not found for sequence number ${number}`)
  const previous = chain.entries[number - 2]?.checkpointDigest ?? chain.genesisDigest
  return {
    epoch: chain.epoch.toString(),
    sequenceNumber: String(number),
    digest: entry?.checkpointDigest ?? chain.genesisDigest,
    networkTotalTransactions: String(number + 1),
    ...(number === 0 ? {} : { previousDigest: previous }),
    epochRollingGasCostSummary: NO_GAS,
    timestampMs: String(entry?.time ?? chain.genesisTime),
    transactions: [entry?.transaction.digest ?? chain.genesisDigest],
    checkpointCommitments: [],
    validatorSignature: '',
  }
}

function sequence(cursor: string): number {
  if (!/^\d{1,15}$/.test(cursor)) throw invalidParams('Invalid params: cursor')
  return Number(cursor)
}

function numberOf({ chain }: LocalNode, digest: string): number {
  if (digest === chain.genesisDigest) return 0
  const entry = chain.entries.find(({ checkpointDigest }) => checkpointDigest === digest)
  if (!entry) throw invalidParams(`Verified checkpoint not found for digest ${digest}`)
  return entry.checkpoint
}
