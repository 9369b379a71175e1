import { fromBase58 } from '@iota/bcs'
import { type RpcClient, unreadable } from './rpc-client.ts'
import { checkpointSchema, u64Schema } from './schemas.ts'

export interface EpochSalt {
  epoch: bigint
  /** 32 bytes. */
  salt: Uint8Array
}

/**
 * The newest epoch, and as salt the digest of the last checkpoint of the epoch before: nobody can foresee it before
 * that epoch ends, and every node gives the same. In epoch 0 it is the digest of checkpoint 0. Two requests; in a new
 * epoch about fifty more, because nodes have no method that names an epoch's first checkpoint: the search gallops
 * back from the newest one and then halves the gap, so it reads few checkpoints older than the epoch itself.
 */
export async function newestEpoch(rpc: RpcClient, known: EpochSalt | undefined): Promise<EpochSalt> {
  const newest = await rpc.call('iota_getLatestCheckpointSequenceNumber', [], u64Schema)
  const { epoch } = await checkpoint(rpc, newest)
  if (known?.epoch === epoch) return known
  const last = epoch === 0n ? 0n : await lastBefore(rpc, epoch, newest)
  const { digest } = await checkpoint(rpc, last)
  return { epoch, salt: fromBase58(digest) }
}

/** The newest checkpoint of an epoch before `epoch`. `high` is of `epoch`. */
async function lastBefore(rpc: RpcClient, epoch: bigint, high: bigint): Promise<bigint> {
  let step = 1n
  let low = high
  while ((await checkpoint(rpc, low)).epoch >= epoch) {
    if (low === 0n) throw unreadable('iota_getCheckpoint', 'no earlier epoch')
    high = low
    low = low > step ? low - step : 0n
    step *= 2n
  }
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if ((await checkpoint(rpc, middle)).epoch >= epoch) high = middle
    else low = middle
  }
  return low
}

async function checkpoint(rpc: RpcClient, number: bigint) {
  const answer = await rpc.call('iota_getCheckpoint', [number.toString()], checkpointSchema)
  if (answer.sequenceNumber !== number) throw unreadable('iota_getCheckpoint', 'another checkpoint')
  return answer
}
