import { bcs } from '@iota/iota-sdk/bcs'
import { toBase58 } from '@iota/bcs'
import { utf8 } from '../../base/index.ts'
import { hash256 } from '../../wire/index.ts'
import type { CoinRef } from '../port.ts'
import type { CoinChoice } from './coins.ts'
import { MAX_MERGED_PER_COMMAND } from './constants.ts'

export interface TransferFields {
  from: string
  to: string
  /** NANOS; undefined for everything that is left after the fee. */
  nanos: bigint | undefined
  coins: CoinChoice
  gasPrice: bigint
  gasBudget: bigint
  /** An input that no command uses, behind all others. */
  memo?: Uint8Array | undefined
}

/** Protocol limit of a transaction. */
const MAX_TRANSACTION_BYTES = 128 * 1024

/** BCS of TransactionData: merge what must be merged, split the amount off the gas coin (or take it whole), transfer it; the memo stands last. */
export function transferBytes({
  from,
  to,
  nanos,
  coins,
  gasPrice,
  gasBudget,
  memo,
}: TransferFields): Uint8Array<ArrayBuffer> {
  const recipient = bcs.Address.serialize(to).toBytes()
  const pure = nanos === undefined ? [recipient] : [bcs.u64().serialize(nanos).toBytes(), recipient]
  const merges = chunks(coins.merged.length)
  const commands = [
    ...merges.map((sources) => ({
      MergeCoins: { destination: GAS_COIN, sources: sources.map((index) => ({ Input: pure.length + index })) },
    })),
    ...(nanos === undefined ? [] : [{ SplitCoins: { coin: GAS_COIN, amounts: [{ Input: 0 }] } }]),
    {
      TransferObjects: {
        objects: [nanos === undefined ? GAS_COIN : nested(merges.length, 0)],
        address: { Input: pure.length - 1 },
      },
    },
  ]
  const inputs = [
    ...pure.map((bytes) => ({ Pure: { bytes } })),
    ...coins.merged.map((coin) => ({ Object: { ImmOrOwnedObject: reference(coin) } })),
    ...(memo ? [{ Pure: { bytes: memo } }] : []),
  ]
  const kind = { ProgrammableTransaction: { inputs, commands } }
  const gasData = { payment: coins.gas.map(reference), owner: from, price: gasPrice, budget: gasBudget }
  const data = { V1: { kind, sender: from, gasData, expiration: { None: true as const } } }
  return new Uint8Array(bcs.TransactionData.serialize(data, { maxSize: MAX_TRANSACTION_BYTES }).toBytes())
}

/** A transaction's identity: base58 of blake2b256("TransactionData::" ‖ bytes). */
export function transactionDigest(bytes: Uint8Array): string {
  return toBase58(hash256(utf8('TransactionData::'), bytes))
}

const GAS_COIN = { GasCoin: true as const }

function nested(command: number, index: number): { NestedResult: [number, number] } {
  return { NestedResult: [command, index] }
}

function reference({ objectId, version, digest }: CoinRef) {
  return { objectId, version, digest }
}

/** 0 … count-1 in groups of what one command takes. */
function chunks(count: number): number[][] {
  const groups: number[][] = []
  for (let start = 0; start < count; start += MAX_MERGED_PER_COMMAND) {
    const length = Math.min(MAX_MERGED_PER_COMMAND, count - start)
    groups.push(Array.from({ length }, (_, index) => start + index))
  }
  return groups
}
