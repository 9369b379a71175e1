import type { Fee } from '../../contract/index.ts'
import type { TransactionOutcome } from '../port.ts'
import { CODE_INVALID_PARAMS } from './constants.ts'
import { LedgerRefusal, type RpcClient } from './rpc-client.ts'
import { type Effects, outcomesSchema } from './schemas.ts'

/** Computation is gone for good, storage is a deposit. */
export function feeOf({ gasUsed }: Effects): Fee {
  return {
    burned: gasUsed.computationCost + gasUsed.nonRefundableStorageFee,
    deposit: gasUsed.storageCost - gasUsed.storageRebate,
    relay: 0n,
  }
}

export function outcomeOf(digest: string, effects: Effects, at: number): TransactionOutcome {
  const fee = feeOf(effects)
  if (effects.status.status === 'success') return { digest, status: 'success', fee, at }
  return { digest, status: 'failure', error: effects.status.error, fee, at }
}

/** Asks for several at once, because nodes then say "unknown" in an entry instead of by an error. */
export async function findOutcome(
  rpc: RpcClient,
  digest: string,
  now: number,
): Promise<TransactionOutcome | undefined> {
  try {
    const answer = await rpc.call('iota_multiGetTransactionBlocks', [[digest], { showEffects: true }], outcomesSchema)
    const found = answer[0]
    if (found?.digest !== digest || !found.effects) return undefined
    return outcomeOf(digest, found.effects, timeOf(found.timestampMs, now))
  } catch (error) {
    if (error instanceof LedgerRefusal && error.code === CODE_INVALID_PARAMS) return undefined
    throw error
  }
}

/** Milliseconds; `now` where the ledger says nothing or nonsense. */
export function timeOf(timestampMs: bigint | null | undefined, now: number): number {
  return timestampMs == null || timestampMs > BigInt(Number.MAX_SAFE_INTEGER) ? now : Number(timestampMs)
}
