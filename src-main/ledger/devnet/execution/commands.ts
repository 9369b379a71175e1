import { toHex } from '../../../base/index.ts'
import { sameCoinType } from '../objects/index.ts'
import { argumentError, ExecutionFailure, NotSupported } from './errors.ts'
import { type Frame, type Slot, take, type Value } from './frame.ts'
import type { Argument, Command } from './transaction.ts'

type CoinItem = Extract<Value, { kind: 'coin' }>

const MAX_U64 = 2n ** 64n - 1n

/** Runs one command and appends its results. Throws ExecutionFailure. */
export function runCommand(frame: Frame, command: Command): void {
  frame.results.push(resultsOf(frame, command).map((value): Slot => ({ value, isGas: false })))
}

function resultsOf(frame: Frame, command: Command): Value[] {
  if (command.SplitCoins) return splitCoins(frame, command.SplitCoins.coin, command.SplitCoins.amounts)
  if (command.MergeCoins) return mergeCoins(frame, command.MergeCoins.destination, command.MergeCoins.sources)
  if (command.TransferObjects)
    return transferObjects(frame, command.TransferObjects.objects, command.TransferObjects.address)
  if (command.MakeMoveVec) return makeVector(frame, command.MakeMoveVec.elements)
  throw new NotSupported('This command')
}

function splitCoins(frame: Frame, coin: Argument, amounts: Argument[]): Value[] {
  const source = coinIn(frame.slot(coin, 0), 0)
  return amounts.map((argument, index) => {
    const nanos = u64(frame.pure(argument, index + 1, 8))
    if (nanos > source.nanos) throw new ExecutionFailure({ InsufficientCoinBalance: true })
    source.nanos -= nanos
    return { kind: 'coin', id: frame.newId(), type: source.type, nanos }
  })
}

function mergeCoins(frame: Frame, destination: Argument, sources: Argument[]): Value[] {
  const target = coinIn(frame.slot(destination, 0), 0)
  frame.slots(sources, 1).forEach((slot, index) => {
    const position = index + 1
    if (slot.isGas) throw argumentError(position, { InvalidGasCoinUsage: true })
    const coin = coinIn(slot, position)
    if (coin === target) throw argumentError(position, { InvalidValueUsage: true })
    if (!sameCoinType(coin.type, target.type)) throw argumentError(position, { TypeMismatch: true })
    if (target.nanos + coin.nanos > MAX_U64) throw new ExecutionFailure({ CoinBalanceOverflow: true })
    take(slot, position)
    target.nanos += coin.nanos
  })
  return []
}

function transferObjects(frame: Frame, objects: Argument[], address: Argument): Value[] {
  const owner = { AddressOwner: `0x${toHex(frame.pure(address, objects.length, 32))}` }
  frame.slots(objects, 0).forEach((slot, position) => {
    if (slot.value?.kind === 'vector') throw argumentError(position, { TypeMismatch: true })
    frame.transferred.push({ value: take(slot, position), owner })
  })
  return []
}

function makeVector(frame: Frame, elements: Argument[]): Value[] {
  const values = frame.slots(elements, 0).map((slot, position) => {
    if (slot.isGas) throw argumentError(position, { InvalidGasCoinUsage: true })
    return take(slot, position)
  })
  return [{ kind: 'vector', values }]
}

function coinIn(slot: Slot, position: number): CoinItem {
  if (!slot.value) throw argumentError(position, { InvalidValueUsage: true })
  if (slot.value.kind !== 'coin') throw argumentError(position, { TypeMismatch: true })
  return slot.value
}

function u64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true)
}
