import { fromBase64 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import type { InferOutput } from 'valibot'
import { equal } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { LedgerMemo, MemoPage, MemoQuery } from '../port.ts'
import { CODE_INVALID_PARAMS, MAX_MEMO_PAGE } from './constants.ts'
import { timeOf } from './outcome.ts'
import { LedgerRefusal, type RpcClient } from './rpc-client.ts'
import { memoPageSchema } from './schemas.ts'

type Page = InferOutput<typeof memoPageSchema>
type Entry = Page['data'][number]

const OPTIONS = { showRawInput: true, showEffects: true }

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

function memoOf(entry: Entry, magic: Uint8Array, now: number): LedgerMemo | undefined {
  if (entry.effects.status.status !== 'success') return undefined
  const raw = Buffer.from(entry.rawTransaction, 'base64')
  if (raw.indexOf(magic) === -1) return undefined
  const { sender, bytes } = memoInput(raw) ?? {}
  if (sender === undefined || bytes === undefined || !equal(bytes.subarray(0, magic.length), magic)) return undefined
  return { digest: entry.digest, sender, bytes, at: timeOf(entry.timestampMs, now) }
}

/** The last pure input that no command uses; undefined for every other kind of transaction, and for bytes that are none. */
export function memoInput(raw: Uint8Array): { sender: string; bytes: Uint8Array } | undefined {
  try {
    const data = bcs.SenderSignedData.parse(raw)[0]?.intentMessage.value.V1
    const program = data?.kind.ProgrammableTransaction
    if (!data || !program) return undefined
    const used = usedInputs(program.commands)
    const last = program.inputs.findLastIndex((input, index) => input.Pure !== undefined && !used.has(index))
    const pure = program.inputs[last]?.Pure
    return pure && { sender: data.sender, bytes: fromBase64(pure.bytes) }
  } catch {
    return undefined
  }
}

/** Every `{ Input: n }` of the commands, wherever it stands. */
function usedInputs(value: unknown, found = new Set<number>()): Set<number> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return found
  if ('Input' in value && typeof value.Input === 'number') found.add(value.Input)
  for (const inner of Object.values(value)) usedInputs(inner, found)
  return found
}
