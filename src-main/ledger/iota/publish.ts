import { bcs } from '@iota/iota-sdk/bcs'
import { toBase64 } from '@iota/bcs'
import * as v from 'valibot'
import { ParleyError } from '../../contract/index.ts'
import type { PublishRequest, UnsignedPublication } from '../port.ts'
import { chooseCoins, type CoinChoice, coinsOf, together } from './coins.ts'
import { BUDGET_MARGIN, LEAST_GAS_UNITS, MAX_GAS_BUDGET, MAX_GAS_COINS } from './constants.ts'
import { feeOf } from './outcome.ts'
import type { RpcClient } from './rpc-client.ts'
import { dryRunSchema, u64Schema } from './schemas.ts'
import { transactionDigest } from './transfer.ts'

/** Above any transaction that a ledger takes (128 KiB), below what a mistake could fill the memory with. */
const MAX_TRANSACTION_BYTES = 128 * 1024

const publishedSchema = v.object({
  objectChanges: v.array(v.looseObject({ type: v.string(), packageId: v.optional(v.string()) })),
})

/** Chooses coins, simulates, and gives the transaction that publishes modules, with what it will cost. */
export async function preparePublish(rpc: RpcClient, request: PublishRequest): Promise<UnsignedPublication> {
  const [gasPrice, free] = await Promise.all([
    rpc.call('iotax_getReferenceGasPrice', [], u64Schema),
    coinsOf(rpc, request.from),
  ])
  const leastBudget = LEAST_GAS_UNITS * gasPrice
  const coins = together(chooseCoins(free, MAX_GAS_BUDGET, leastBudget, 1).slice(0, MAX_GAS_COINS))
  const spare = coins.sum < MAX_GAS_BUDGET ? coins.sum : MAX_GAS_BUDGET
  const trial = publishBytes(request, coins, gasPrice, spare)
  const { effects } = await rpc.call('iota_dryRunTransactionBlock', [toBase64(trial)], dryRunSchema)
  if (effects.status.status === 'failure')
    throw new ParleyError('invalid_params', 'The ledger would not publish this package.', {
      cause: new Error(effects.status.error?.slice(0, 300) ?? ''),
    })
  const fee = feeOf(effects)
  const cost = fee.burned + fee.deposit
  const budget = (cost > leastBudget ? cost : leastBudget) + BUDGET_MARGIN
  if (budget > coins.sum) throw new ParleyError('insufficient_funds', 'The balance is too small for the fee.')
  const bytes = publishBytes(request, coins, gasPrice, budget)
  return { bytes, digest: transactionDigest(bytes), fee }
}

/** The id of the package that a transaction published. Throws `not_found` where it published none. */
export async function publishedPackage(rpc: RpcClient, digest: string): Promise<string> {
  const options = { showObjectChanges: true }
  const { objectChanges } = await rpc.call('iota_getTransactionBlock', [digest, options], publishedSchema)
  const id = objectChanges.find(({ type }) => type === 'published')?.packageId
  if (!id) throw new ParleyError('not_found', 'This transaction has published nothing.')
  return id
}

/** Publishes, and keeps the right to upgrade with the sender. */
function publishBytes(
  { from, modules, dependencies }: PublishRequest,
  coins: CoinChoice,
  gasPrice: bigint,
  budget: bigint,
): Uint8Array<ArrayBuffer> {
  const commands = [
    { Publish: { modules: modules.map(toBase64), dependencies: [...dependencies] } },
    { TransferObjects: { objects: [{ Result: 0 }], address: { Input: 0 } } },
  ]
  const inputs = [{ Pure: { bytes: toBase64(bcs.Address.serialize(from).toBytes()) } }]
  const payment = coins.gas.map(({ objectId, version, digest }) => ({ objectId, version, digest }))
  const value = {
    V1: {
      kind: { ProgrammableTransaction: { inputs, commands } },
      sender: from,
      gasData: { payment, owner: from, price: gasPrice, budget },
      expiration: { None: true as const },
    },
  }
  const serialized = bcs.TransactionData.serialize(value as never, { maxSize: MAX_TRANSACTION_BYTES })
  return new Uint8Array(serialized.toBytes())
}
