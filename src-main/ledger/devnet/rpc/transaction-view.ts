import { toBase64 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import type { ChainEntry } from '../chain.ts'
import type { LedgerTransaction } from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import { balanceChangesView, objectChangesView } from './changes-view.ts'
import { commandView } from './command-view.ts'
import { effectsView } from './effects-view.ts'
import { eventView } from './events-view.ts'
import { inputView, pureTypes } from './input-view.ts'
import type { TransactionOptions } from './params.ts'

/** 128 KiB of transaction and its signatures. */
const MAX_SIGNED_BYTES = 256 * 1024

/** A transaction as `iota_getTransactionBlock` shows it; each part only on request. */
export function transactionView(node: LocalNode, entry: ChainEntry, options: TransactionOptions): object {
  const { transaction, execution, signatures } = entry
  return {
    digest: transaction.digest,
    ...(options?.showInput ? { transaction: { data: dataView(node, transaction), txSignatures: signatures } } : {}),
    ...(options?.showRawInput ? { rawTransaction: toBase64(signedBytes(entry)) } : {}),
    ...(options?.showEffects ? { effects: effectsView(transaction.digest, execution) } : {}),
    ...(options?.showRawEffects ? { rawEffects: Array.from(execution.effects.bytes) } : {}),
    ...(options?.showEvents ? { events: execution.events.map((event) => eventView(node, event)) } : {}),
    ...(options?.showObjectChanges ? { objectChanges: objectChangesView(transaction.sender, execution) } : {}),
    ...(options?.showBalanceChanges ? { balanceChanges: balanceChangesView(execution) } : {}),
    timestampMs: String(entry.time),
    checkpoint: String(entry.checkpoint),
  }
}

/** TransactionData as JSON. */
export function dataView(node: LocalNode, { data, sender, gas, inputs, commands }: LedgerTransaction): object {
  const types = pureTypes(node, commands)
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
