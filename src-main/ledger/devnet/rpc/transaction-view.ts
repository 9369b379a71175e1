import { fromBase64, toBase64 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { toHex } from '../../../base/index.ts'
import type { ChainEntry } from '../chain.ts'
import { type Argument, type CallInput, type Command, type LedgerTransaction } from '../execution/index.ts'
import { balanceChangesView, effectsView, objectChangesView } from './effects-view.ts'
import type { TransactionOptions } from './params.ts'

/** 128 KiB of transaction and its signatures. */
const MAX_SIGNED_BYTES = 256 * 1024

/** A transaction as `iota_getTransactionBlock` shows it; each part only on request. */
export function transactionView(entry: ChainEntry, options: TransactionOptions): object {
  const { transaction, execution, signatures } = entry
  return {
    digest: transaction.digest,
    ...(options?.showInput ? { transaction: { data: dataView(transaction), txSignatures: signatures } } : {}),
    ...(options?.showRawInput ? { rawTransaction: toBase64(signedBytes(entry)) } : {}),
    ...(options?.showEffects ? { effects: effectsView(transaction.digest, execution) } : {}),
    ...(options?.showRawEffects ? { rawEffects: Array.from(execution.effects.bytes) } : {}),
    ...(options?.showEvents ? { events: [] } : {}),
    ...(options?.showObjectChanges ? { objectChanges: objectChangesView(transaction.sender, execution) } : {}),
    ...(options?.showBalanceChanges ? { balanceChanges: balanceChangesView(execution) } : {}),
    timestampMs: String(entry.time),
    checkpoint: String(entry.checkpoint),
  }
}

/** TransactionData as JSON. */
export function dataView({ data, sender, gas, inputs, commands }: LedgerTransaction): object {
  const types = pureTypes(commands)
  return {
    messageVersion: 'v1',
    transaction: {
      kind: 'ProgrammableTransaction',
      inputs: inputs.map((input, index) => inputView(input, types.get(index))),
      transactions: commands.map(commandView),
    },
    sender,
    gasData: {
      payment: gas.payment.map(({ objectId, version, digest }) => ({ objectId, version: Number(version), digest })),
      owner: gas.owner,
      price: data.gasData.price,
      budget: data.gasData.budget,
    },
  }
}

/** BCS of SenderSignedData. */
function signedBytes({ transaction, signatures }: ChainEntry): Uint8Array {
  const intent = { scope: { TransactionData: true }, version: { V0: true }, appId: { Iota: true } }
  const value = [{ intentMessage: { intent, value: { V1: transaction.data } }, txSignatures: signatures }]
  const input = value as unknown as Parameters<typeof bcs.SenderSignedData.serialize>[0]
  return bcs.SenderSignedData.serialize(input, { maxSize: MAX_SIGNED_BYTES }).toBytes()
}

type PureType = 'u64' | 'address'

/** What the commands say about pure inputs: amounts and addresses; a memo that nobody uses has no type. */
function pureTypes(commands: Command[]): Map<number, PureType> {
  const types = new Map<number, PureType>()
  const note = (argument: Argument | undefined, type: PureType) => {
    if (argument?.Input !== undefined) types.set(argument.Input, type)
  }
  for (const command of commands) {
    for (const amount of command.SplitCoins?.amounts ?? []) note(amount, 'u64')
    note(command.TransferObjects?.address, 'address')
  }
  return types
}

function inputView(input: CallInput, type: PureType | undefined): object {
  if (input.Pure) {
    const bytes = fromBase64(input.Pure.bytes)
    return { type: 'pure', valueType: type ?? null, value: pureValue(bytes, type) }
  }
  const reference = input.Object?.ImmOrOwnedObject
  if (!reference) throw new Error('an executed transaction has only owned objects')
  const { objectId, version, digest } = reference
  return { type: 'object', objectType: 'immOrOwnedObject', objectId, version: String(version), digest }
}

function pureValue(bytes: Uint8Array, type: PureType | undefined): unknown {
  if (type === 'u64' && bytes.length === 8)
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true).toString()
  if (type === 'address' && bytes.length === 32) return `0x${toHex(bytes)}`
  return Array.from(bytes)
}

function commandView(command: Command): object {
  if (command.SplitCoins)
    return { SplitCoins: [argumentView(command.SplitCoins.coin), command.SplitCoins.amounts.map(argumentView)] }
  if (command.MergeCoins)
    return { MergeCoins: [argumentView(command.MergeCoins.destination), command.MergeCoins.sources.map(argumentView)] }
  if (command.TransferObjects)
    return {
      TransferObjects: [
        command.TransferObjects.objects.map(argumentView),
        argumentView(command.TransferObjects.address),
      ],
    }
  if (command.MakeMoveVec)
    return { MakeMoveVec: [command.MakeMoveVec.type, command.MakeMoveVec.elements.map(argumentView)] }
  throw new Error('an executed transaction has only known commands')
}

function argumentView(argument: Argument): unknown {
  if (argument.GasCoin) return 'GasCoin'
  if (argument.Input !== undefined) return { Input: argument.Input }
  if (argument.Result !== undefined) return { Result: argument.Result }
  return { NestedResult: argument.NestedResult }
}
