import { toHex } from '../../../base/index.ts'
import { sameCoinType } from '../objects/index.ts'
import { argumentError, ExecutionFailure, NotSupported } from './errors.ts'
import { type Frame, type Slot, take } from './frame.ts'
import { resultOf } from './inspection.ts'
import { callFunction } from './move-call.ts'
import { publishPackage } from './publish.ts'
import type { Argument, Command } from './transaction.ts'
import { abilitiesOf, type CoinItem, typeOf, type Value } from './value.ts'
import { makeVector } from './vector.ts'

const MAX_U64 = 2n ** 64n - 1n

/** Runs one command and appends its results. Throws ExecutionFailure, or NotSupported. */
export function runCommand(frame: Frame, command: Command): void {
  frame.mutated = new Set(command.SplitCoins || command.MergeCoins ? [0] : [])
  const values = resultsOf(frame, command)
  frame.results.push(values.map((value): Slot => ({ value, isGas: false, access: 'value' })))
  if (frame.checked.mode === 'inspect') frame.given.push(resultOf(frame, command, frame.mutated))
}

function resultsOf(frame: Frame, command: Command): Value[] {
  if (command.SplitCoins) return splitCoins(frame, command.SplitCoins.coin, command.SplitCoins.amounts)
  if (command.MergeCoins) return mergeCoins(frame, command.MergeCoins.destination, command.MergeCoins.sources)
  if (command.TransferObjects)
    return transferObjects(frame, command.TransferObjects.objects, command.TransferObjects.address)
  if (command.MakeMoveVec) return makeVector(frame, command.MakeMoveVec.type, command.MakeMoveVec.elements)
  if (command.MoveCall) return callFunction(frame, command.MoveCall)
  if (command.Publish) return publishPackage(frame, command.Publish)
  throw new NotSupported('Upgrading a package')
}

function splitCoins(frame: Frame, coin: Argument, amounts: Argument[]): Value[] {
  const source = coinIn(frame.slot(coin, 0), 0)
  return amounts.map((argument, index) => {
    const nanos = u64(frame.plain(argument, index + 1, 'u64'))
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
    frame.noteDeleted(coin.id)
    target.nanos += coin.nanos
  })
  return []
}

function transferObjects(frame: Frame, objects: Argument[], address: Argument): Value[] {
  const owner = { AddressOwner: `0x${toHex(frame.plain(address, objects.length, 'address'))}` }
  frame.slots(objects, 0).forEach((slot, position) => {
    checkTransferable(frame, slot, position)
    frame.transferred.push({ value: take(slot, position), owner })
  })
  return []
}

/** Only objects with `key` and `store` may be handed on outside of their own module. */
function checkTransferable(frame: Frame, { value, access }: Slot, position: number): void {
  if (value?.kind === 'pure') throw argumentError(position, { TypeMismatch: true })
  const type = value && typeOf(value)
  if (type === undefined) return
  const { key, store } = abilitiesOf(frame.context.machine, type)
  if (!key || !store) throw new ExecutionFailure({ InvalidTransferObject: true })
  if (access === 'sharedMutable') throw new ExecutionFailure({ SharedObjectOperationNotAllowed: true })
}

function coinIn(slot: Slot, position: number): CoinItem {
  if (!slot.value) throw argumentError(position, { InvalidValueUsage: true })
  if (slot.value.kind !== 'coin') throw argumentError(position, { TypeMismatch: true })
  if (slot.access === 'readOnly') throw argumentError(position, { InvalidObjectByMutRef: true })
  return slot.value
}

function u64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true)
}
