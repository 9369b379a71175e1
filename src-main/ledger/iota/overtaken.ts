import { bcs } from '@iota/iota-sdk/bcs'
import * as v from 'valibot'
import type { RpcClient } from './rpc-client.ts'
import { addressSchema, digestSchema, u64Schema } from './schemas.ts'
import { transactionDigest } from './transfer.ts'

/** Objects of one question; one that was used is enough. */
const MAX_ASKED = 50
const usedSchema = v.array(
  v.object({
    data: v.nullish(
      v.object({ objectId: addressSchema, version: u64Schema, previousTransaction: v.nullish(digestSchema) }),
    ),
  }),
)

/**
 * Whether another transaction has used an owned input of these: then they never can be executed. An object that is gone
 * says nothing, because nobody tells which transaction took it.
 */
export async function isOvertaken(rpc: RpcClient, bytes: Uint8Array): Promise<boolean> {
  const own = transactionDigest(bytes)
  const inputs = ownedInputs(bytes)
  const ids = [...inputs.keys()].slice(0, MAX_ASKED)
  const answer = await rpc.call('iota_multiGetObjects', [ids, { showPreviousTransaction: true }], usedSchema)
  return answer.some(({ data }) => {
    const version = data ? inputs.get(data.objectId) : undefined
    if (!data || version === undefined || data.version <= version) return false
    return data.previousTransaction != null && data.previousTransaction !== own
  })
}

/** Versions of the objects that only the sender can use, by id. */
function ownedInputs(bytes: Uint8Array): Map<string, bigint> {
  const data = bcs.TransactionData.parse(bytes).V1
  const objects = data?.kind.ProgrammableTransaction?.inputs ?? []
  const owned = objects.flatMap(({ Object: object }) => object?.ImmOrOwnedObject ?? [])
  return new Map([...(data?.gasData.payment ?? []), ...owned].map((ref) => [ref.objectId, BigInt(ref.version)]))
}
