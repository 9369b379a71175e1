import { bcs } from '@iota/iota-sdk/bcs'
import { toBase58 } from '@iota/bcs'
import { utf8 } from '../../base/index.ts'
import { hash256 } from '../../wire/index.ts'
import type { CoinRef, RelayOutput } from '../port.ts'
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
  /** For whoever forwards it. */
  relay?: RelayOutput | undefined
}

/** Protocol limit of a transaction. */
const MAX_TRANSACTION_BYTES = 128 * 1024

/** BCS of TransactionData: merge what must be merged, split the amount off the gas coin (or take it whole), transfer it; the memo stands last. */
export function transferBytes(fields: TransferFields): Uint8Array<ArrayBuffer> {
  const { from, coins, gasPrice, gasBudget, memo } = fields
  const { pure, commands } = payments(fields)
  const merges = chunks(coins.merged.length).map((sources) => ({
    MergeCoins: { destination: GAS_COIN, sources: sources.map((index) => ({ Input: pure.length + index })) },
  }))
  const inputs = [
    ...pure.map((bytes) => ({ Pure: { bytes } })),
    ...coins.merged.map((coin) => ({ Object: { ImmOrOwnedObject: reference(coin) } })),
    ...(memo ? [{ Pure: { bytes: memo } }] : []),
  ]
  const kind = { ProgrammableTransaction: { inputs, commands: [...merges, ...commands(merges.length)] } }
  const gasData = { payment: coins.gas.map(reference), owner: from, price: gasPrice, budget: gasBudget }
  const data = { V1: { kind, sender: from, gasData, expiration: { None: true as const } } }
  return new Uint8Array(bcs.TransactionData.serialize(data as never, { maxSize: MAX_TRANSACTION_BYTES }).toBytes())
}

/** The commands behind `first` others, with their inputs: what the forwarder gets is split off first, so that all the rest can go. */
function payments({ to, nanos, relay }: TransferFields) {
  const u64 = (value: bigint) => bcs.u64().serialize(value).toBytes()
  const recipient = bcs.Address.serialize(to).toBytes()
  const pure = nanos === undefined ? [recipient] : [u64(nanos), recipient]
  const target = pure.length - 1
  if (relay) pure.push(u64(relay.nanos), bcs.Address.serialize(relay.to).toBytes())
  const commands = (first: number) => {
    const list: object[] = []
    const pay = (amount: number | undefined, address: number) => {
      const split = list.length
      if (amount !== undefined) list.push({ SplitCoins: { coin: GAS_COIN, amounts: [{ Input: amount }] } })
      const coin = amount === undefined ? GAS_COIN : nested(first + split, 0)
      list.push({ TransferObjects: { objects: [coin], address: { Input: address } } })
    }
    if (relay) pay(target + 1, target + 2)
    pay(nanos === undefined ? undefined : 0, target)
    return list
  }
  return { pure, commands }
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
