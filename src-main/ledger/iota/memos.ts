import type { InferOutput } from 'valibot'
import { ParleyError } from '../../contract/index.ts'
import type { LedgerMemo, MemoPage, MemoQuery } from '../port.ts'
import { CODE_INVALID_PARAMS, MAX_MEMO_PAGE } from './constants.ts'
import { readMemo } from './memo-bytes.ts'
import { timeOf } from './outcome.ts'
import { LedgerRefusal, type RpcClient } from './rpc-client.ts'
import { memoPageSchema } from './schemas.ts'

type Page = InferOutput<typeof memoPageSchema>
type Entry = Page['data'][number]

/** Not the effects: a memo is what its sender signed, whatever became of the coins. */
const OPTIONS = { showRawInput: true }

/**
 * One page of memos: one request. What does not hold the magic bytes anywhere is not even parsed, so that junk costs its
 * download and a search. Throws `not_found` for a cursor that the ledger does not know (any more).
 */
export async function memos(rpc: RpcClient, query: MemoQuery, now: number): Promise<MemoPage> {
  const { address, side, limit, order, cursor } = query
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_MEMO_PAGE)
    throw new ParleyError('invalid_params', `A page has 1 to ${MAX_MEMO_PAGE} transactions.`)
  const filter = side === 'to' ? { ToAddress: address } : { FromAddress: address }
  const params = [{ filter, options: OPTIONS }, cursor ?? null, limit, order === 'newest']
  const { data, hasNextPage } = await page(rpc, params, cursor)
  const last = data.at(-1)?.digest
  return {
    memos: data.flatMap((entry) => memoOf(entry, query.magic, now) ?? []),
    cursor: last ?? cursor,
    newest: order === 'newest' ? data[0]?.digest : last,
    // A ledger that gives the same page for ever must not keep us.
    more: hasNextPage && last !== undefined && last !== cursor,
  }
}

async function page(rpc: RpcClient, params: unknown[], cursor: string | undefined): Promise<Page> {
  try {
    return await rpc.call('iotax_queryTransactionBlocks', params, memoPageSchema)
  } catch (error) {
    if (cursor === undefined || !(error instanceof LedgerRefusal) || error.code !== CODE_INVALID_PARAMS) throw error
    throw new ParleyError('not_found', 'The ledger does not know this place any more.', { cause: error })
  }
}

function memoOf(
  { digest, rawTransaction, timestampMs }: Entry,
  magic: Uint8Array,
  now: number,
): LedgerMemo | undefined {
  const raw = Buffer.from(rawTransaction, 'base64')
  if (raw.indexOf(magic) === -1) return undefined
  const memo = readMemo(raw, magic)
  return memo && { digest, ...memo, at: timeOf(timestampMs, now) }
}
