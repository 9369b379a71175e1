import * as v from 'valibot'
import { PROTOCOL_VERSION, REFERENCE_GAS_PRICE } from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import type { Epoch } from '../types.ts'
import { invalidParams } from './errors.ts'
import { gasInEpoch } from './gas-view.ts'
import { method, type MethodTable } from './method.ts'
import { type Page, pageOf, pageSize } from './page.ts'
import { countParam, descendingParam, limitParam } from './params.ts'

const pageParams = [v.nullish(countParam), limitParam, descendingParam] as const

export const epochMethods: MethodTable = {
  iotax_getCurrentEpoch: method([], (node) => infoView(node, currentEpoch(node))),
  iotax_getEpochs: method(pageParams, (node, cursor, limit, down) =>
    epochPage(node, cursor, limit, down, (epoch) => infoView(node, epoch)),
  ),
  iotax_getEpochMetrics: method(pageParams, (node, cursor, limit, down) =>
    epochPage(node, cursor, limit, down, (epoch) => metricsView(node, epoch)),
  ),
  iotax_getCommitteeInfo: method([v.nullish(countParam)], (node, number) => {
    const epoch = number == null ? node.chain.epoch : BigInt(number)
    if (!node.chain.epochAt(epoch)) throw invalidParams(`Committee info not found for epoch ${epoch}`)
    return { epoch: epoch.toString(), validators: [] }
  }),
}

export function currentEpoch({ chain }: LocalNode): Epoch {
  const epoch = chain.epochAt(chain.epoch)
  if (!epoch) throw new Error('a chain has an epoch')
  return epoch
}

function epochPage(
  { chain }: LocalNode,
  cursor: number | null | undefined,
  limit: number | null | undefined,
  descending: boolean | null | undefined,
  view: (epoch: Epoch) => object,
): Page<object> {
  const size = pageSize(limit)
  const step = descending ? -1 : 1
  const newest = Number(chain.epoch)
  const first = cursor == null ? (descending ? newest : 0) : descending ? Math.min(cursor, newest + 1) - 1 : cursor + 1
  // Epochs are numbered without gaps.
  const numbers = Array.from({ length: size + 1 }, (_, index) => first + index * step)
  const found = numbers.flatMap((number) => (number < 0 ? [] : (chain.epochAt(BigInt(number)) ?? [])))
  const { data, ...rest } = pageOf(found, size, ({ number }) => number.toString())
  return { data: data.map(view), ...rest }
}

function infoView(node: LocalNode, epoch: Epoch): object {
  return { ...metricsView(node, epoch), validators: [], referenceGasPrice: Number(REFERENCE_GAS_PRICE) }
}

function metricsView(node: LocalNode, epoch: Epoch): object {
  return {
    epoch: epoch.number.toString(),
    epochTotalTransactions: String(transactionsIn(node, epoch)),
    firstCheckpointId: String(epoch.firstCheckpoint),
    epochStartTimestamp: String(epoch.startedAt),
    endOfEpochInfo: endView(node, epoch),
  }
}

function transactionsIn({ chain }: LocalNode, { firstCheckpoint, lastCheckpoint }: Epoch): number {
  const before = firstCheckpoint === 0 ? 0 : (chain.checkpoint(firstCheckpoint - 1)?.totalTransactions ?? 0)
  const after = chain.checkpoint(lastCheckpoint ?? chain.height)?.totalTransactions ?? before
  return after - before
}

/** Stakes and rewards do not exist here, so nothing is minted; the fund is the deposits of all objects. Null while it runs. */
function endView({ chain }: LocalNode, { endedAt, startedAt, lastCheckpoint }: Epoch): object | null {
  const last = lastCheckpoint === undefined ? undefined : chain.checkpoint(lastCheckpoint)
  if (!last) return null
  const { computation, burned, storage, rebate } = gasInEpoch(chain, last)
  return {
    lastCheckpointId: String(last.number),
    epochEndTimestamp: String(endedAt ?? startedAt),
    protocolVersion: String(PROTOCOL_VERSION),
    referenceGasPrice: String(REFERENCE_GAS_PRICE),
    totalStake: '0',
    storageCharge: String(storage),
    storageRebate: String(rebate),
    storageFundBalance: String(last.gas.storage - last.gas.rebate),
    totalGasFees: String(computation),
    totalStakeRewardsDistributed: '0',
    burntTokensAmount: String(burned),
    mintedTokensAmount: '0',
  }
}
