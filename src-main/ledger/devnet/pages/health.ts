import { ParleyError } from '../../../contract/index.ts'
import type { PageParts } from './types.ts'

export type StorageState = 'disk' | 'memory' | 'failed'

/** Whether what is executed is kept: on disk, in memory only by choice, or no more because the disk refuses. */
export async function storageState({ node, kept }: PageParts): Promise<StorageState> {
  if (!kept) return 'memory'
  try {
    await node.durable()
    return 'disk'
  } catch (error) {
    if (error instanceof ParleyError) return 'failed'
    throw error
  }
}

/** The body of `/health`, for programs that watch. */
export async function health(parts: PageParts, startedAt: number): Promise<{ ok: boolean; body: object }> {
  const { chain } = parts.node
  const storage = await storageState(parts)
  const body = {
    status: storage === 'failed' ? 'failed' : 'ok',
    note: 'Tokens of this ledger have no value.',
    chain: chain.identifier,
    epoch: Number(chain.epoch),
    checkpoint: chain.height,
    transactions: chain.transactionCount,
    uptimeSeconds: Math.max(0, Math.floor((parts.clock.now() - startedAt) / 1000)),
    storage,
  }
  return { ok: storage !== 'failed', body }
}
