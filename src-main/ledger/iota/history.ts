import { fromBase64 } from '@iota/bcs'
import { ParleyError } from '../../contract/index.ts'
import type { LedgerDetail, LedgerPage, LedgerTransaction } from '../port.ts'
import { CODE_INVALID_PARAMS, MAX_HISTORY } from './constants.ts'
import { readMemo } from './memo-bytes.ts'
import { feeOf, timeOf } from './outcome.ts'
import { LedgerRefusal, type RpcClient, unreadable } from './rpc-client.ts'
import { detailsSchema, type entrySchema, historySchema, memoInputSchema } from './schemas.ts'
import * as v from 'valibot'

type Entry = v.InferOutput<typeof entrySchema>

const IOTA_TYPE = /^0x0*2::iota::IOTA$/
const DETAILS = { showInput: true, showRawInput: true, showEffects: true, showBalanceChanges: true }
const OPTIONS = { showInput: true, showEffects: true, showBalanceChanges: true }

/** The transactions that an address sent or received, newest first. */
export async function history(
  rpc: RpcClient,
  address: string,
  limit: number,
  cursor: string | undefined,
  now: number,
): Promise<LedgerPage> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_HISTORY)
    throw new ParleyError('invalid_params', `A page has 1 to ${MAX_HISTORY} transactions.`)
  const query = { filter: { FromOrToAddress: { addr: address } }, options: OPTIONS }
  const answer = await rpc.call('iotax_queryTransactionBlocks', [query, cursor ?? null, limit, true], historySchema)
  const transactions = answer.data.map((entry) => transactionOf(entry, address, now))
  return answer.hasNextPage && answer.nextCursor ? { transactions, cursor: answer.nextCursor } : { transactions }
}

/** One transaction as an address sees it; undefined where the ledger does not know it. */
export async function transactionDetail(
  rpc: RpcClient,
  digest: string,
  address: string,
  now: number,
): Promise<LedgerDetail | undefined> {
  try {
    const [found] = await rpc.call('iota_multiGetTransactionBlocks', [[digest], DETAILS], detailsSchema)
    if (!found || !('digest' in found)) return undefined
    if (found.digest !== digest) throw unreadable('iota_multiGetTransactionBlocks', 'another digest')
    const { checkpoint, effects, rawTransaction } = found
    const memo = rawTransaction == null ? undefined : readMemo(fromBase64(rawTransaction))?.bytes
    return {
      ...transactionOf(found, address, now),
      ...(memo === undefined ? {} : { memo }),
      ...(checkpoint == null ? {} : { checkpoint: checkpoint.toString() }),
      ...(effects.executedEpoch == null ? {} : { epoch: effects.executedEpoch.toString() }),
    }
  } catch (error) {
    if (error instanceof LedgerRefusal && error.code === CODE_INVALID_PARAMS) return undefined
    throw error
  }
}

function transactionOf(entry: Entry, address: string, now: number): LedgerTransaction {
  const { status } = entry.effects
  const changes = changesOf(entry)
  const memo = v.safeParse(memoInputSchema, entry.transaction.data.transaction)
  return {
    digest: entry.digest,
    at: timeOf(entry.timestampMs, now),
    status: status.status,
    ...(status.status === 'failure' ? { error: status.error } : {}),
    sender: entry.transaction.data.sender,
    change: changes.find((each) => each.address === address)?.nanos ?? 0n,
    changes,
    fee: feeOf(entry.effects),
    ...(memo.success ? { memoHead: Uint8Array.from(memo.output.inputs.value) } : {}),
  }
}

/** One sum per address, whatever order and number the ledger gives them in. */
function changesOf({ balanceChanges }: Entry): { address: string; nanos: bigint }[] {
  const sums = new Map<string, bigint>()
  for (const { owner, coinType, amount } of balanceChanges) {
    const address = ownerOf(owner)
    if (address && IOTA_TYPE.test(coinType)) sums.set(address, (sums.get(address) ?? 0n) + amount)
  }
  return [...sums].map(([address, nanos]) => ({ address, nanos }))
}

function ownerOf(owner: unknown): string | undefined {
  if (typeof owner !== 'object' || owner === null || !('AddressOwner' in owner)) return undefined
  return typeof owner.AddressOwner === 'string' ? owner.AddressOwner : undefined
}
