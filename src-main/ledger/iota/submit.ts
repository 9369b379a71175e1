import { toBase64 } from '@iota/bcs'
import { concat } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { verifySignature } from '../../crypto/index.ts'
import { hash256 } from '../../wire/index.ts'
import type { TransactionOutcome } from '../port.ts'
import { CODE_INVALID_PARAMS, CODE_REFUSED } from './constants.ts'
import { findOutcome, outcomeOf } from './outcome.ts'
import { LedgerRefusal, type RpcClient, unreadable } from './rpc-client.ts'
import { executedSchema } from './schemas.ts'
import { transactionDigest } from './transfer.ts'

/** IOTA intent of a transaction: scope 0, version 0, app 0. */
const TRANSACTION_INTENT = Uint8Array.of(0, 0, 0)
const ED25519_FLAG = Uint8Array.of(0)

export interface SignedTransaction {
  bytes: Uint8Array
  /** Ed25519, 64 bytes. */
  signature: Uint8Array
  /** 32 bytes. */
  publicKey: Uint8Array
}

/**
 * Sends signed bytes. Since the signature is checked here first, a refusal means that an input is stale or locked
 * (`conflict`) — unless the same bytes were executed before: then that outcome is the answer.
 */
export async function submit(
  rpc: RpcClient,
  signed: SignedTransaction,
  now: () => number,
): Promise<TransactionOutcome> {
  const { bytes, signature, publicKey } = signed
  if (!verifySignature(publicKey, hash256(TRANSACTION_INTENT, bytes), signature))
    throw new ParleyError('invalid_params', 'The signature does not belong to this transaction.')
  const digest = transactionDigest(bytes)
  const serialized = toBase64(concat(ED25519_FLAG, signature, publicKey))
  const params = [toBase64(bytes), [serialized], { showEffects: true }, 'WaitForLocalExecution']
  try {
    const executed = await rpc.call('iota_executeTransactionBlock', params, executedSchema)
    if (executed.digest !== digest) throw unreadable('iota_executeTransactionBlock', 'another digest')
    return outcomeOf(digest, executed.effects, now())
  } catch (error) {
    if (!(error instanceof LedgerRefusal)) throw error
    return (await findOutcome(rpc, digest, now())) ?? refuse(error)
  }
}

function refuse(error: LedgerRefusal): never {
  if (error.code === CODE_REFUSED)
    throw new ParleyError('conflict', 'The coins of this payment were used by another one.', { cause: error })
  if (error.code === CODE_INVALID_PARAMS)
    throw new ParleyError('invalid_params', 'The ledger does not accept this transaction.', { cause: error })
  throw error
}
