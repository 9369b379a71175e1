import * as v from 'valibot'
import type { LocalNode } from '../node.ts'
import { PROTOCOL_VERSION } from '../execution/index.ts'
import type { Checkpoint, GasSums } from '../types.ts'
import { invalidParams } from './errors.ts'
import { gasInEpoch, gasSumView } from './gas-view.ts'
import { method, type MethodTable } from './method.ts'
import { pageSize } from './page.ts'
import { countParam, descendingParam, digestParam, limitParam } from './params.ts'

const MAX_CHECKPOINT_PAGE = 100

export const checkpointMethods: MethodTable = {
  iota_getLatestCheckpointSequenceNumber: method([], (node) => String(node.chain.height)),
  iota_getCheckpoint: method([v.union([countParam, digestParam])], (node, id) =>
    checkpointView(node, typeof id === 'number' ? id : numberOf(node, id)),
  ),
  iota_getCheckpoints: method([v.nullish(countParam), limitParam, descendingParam], (node, cursor, limit, down) => {
    const { height } = node.chain
    const step = down ? -1 : 1
    const first = cursor == null ? (down ? height : 0) : cursor + step
    const most = down ? Math.min(first, height) + 1 : height - first + 1
    const start = down ? Math.min(first, height) : first
    const count = Math.max(0, Math.min(pageSize(limit, MAX_CHECKPOINT_PAGE), most))
    const numbers = Array.from({ length: count }, (_, index) => start + index * step)
    return {
      data: numbers.map((number) => checkpointView(node, number)),
      nextCursor: numbers.length > 0 ? String(numbers.at(-1)) : null,
      hasNextPage: most > count,
    }
  }),
}

function checkpointView({ chain }: LocalNode, number: number): object {
  const checkpoint = chain.checkpoint(number)
  if (!checkpoint) throw invalidParams(`Verified checkpoint not found for sequence number ${number}`)
  const { digest, previousDigest, epoch, time, transaction, totalTransactions } = checkpoint
  const gas = gasInEpoch(chain, checkpoint)
  return {
    epoch: epoch.toString(),
    sequenceNumber: String(number),
    digest,
    networkTotalTransactions: String(totalTransactions),
    ...(previousDigest !== undefined && { previousDigest }),
    epochRollingGasCostSummary: gasSumView(gas),
    timestampMs: String(time),
    ...endOfEpoch(checkpoint, gas),
    transactions: transaction === undefined ? [] : [transaction],
    checkpointCommitments: [],
    validatorSignature: '',
  }
}

/** The committee is empty: nobody signs the checkpoints of a ledger that one process makes. */
function endOfEpoch({ endOfEpoch: ends }: Checkpoint, { burned }: GasSums): object {
  if (!ends) return {}
  const data = {
    nextEpochCommittee: [],
    nextEpochProtocolVersion: String(PROTOCOL_VERSION),
    epochCommitments: [],
    epochSupplyChange: Number(-burned),
  }
  return { endOfEpochData: data }
}

function numberOf({ chain }: LocalNode, digest: string): number {
  const number = chain.checkpointOf(digest)
  if (number === undefined) throw invalidParams(`Verified checkpoint not found for digest ${digest}`)
  return number
}
