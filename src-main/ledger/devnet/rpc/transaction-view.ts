import { fromBase64, toBase64 } from '@iota/bcs'
import { bcs } from '@iota/iota-sdk/bcs'
import { concat } from '../../../base/index.ts'
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
/** Length of the vector of signed transactions. */
const ONE_TRANSACTION = Uint8Array.of(1)
/** Scope, version and application of a transaction's intent. */
const TRANSACTION_INTENT = Uint8Array.of(0, 0, 0)

/** A transaction as `iota_getTransactionBlock` shows it; each part only on request. */
export function transactionView(node: LocalNode, entry: ChainEntry, options: TransactionOptions): object {
  // What is not asked for is not read: an entry decodes its transaction and effects on first use.
  return {
    digest: entry.digest,
    ...(options?.showInput
      ? { transaction: { data: dataView(node, entry.transaction), txSignatures: entry.signatures } }
      : {}),
    ...(options?.showRawInput ? { rawTransaction: toBase64(signedBytes(entry)) } : {}),
    ...(options?.showEffects ? { effects: effectsView(entry.digest, entry.execution) } : {}),
    ...(options?.showRawEffects ? { rawEffects: Array.from(entry.execution.effects.bytes) } : {}),
    ...(options?.showEvents ? { events: entry.execution.events.map((event) => eventView(node, event)) } : {}),
    ...(options?.showObjectChanges
      ? { objectChanges: objectChangesView(entry.transaction.sender, entry.execution) }
      : {}),
    ...(options?.showBalanceChanges ? { balanceChanges: balanceChangesView(entry.execution) } : {}),
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

/** BCS of SenderSignedData, around the bytes as they were signed: one transaction, its intent, its signatures. */
function signedBytes({ bytes, signatures }: ChainEntry): Uint8Array {
  const signed = bcs.vector(bcs.byteVector()).serialize(signatures.map(fromBase64), { maxSize: MAX_SIGNED_BYTES })
  return concat(ONE_TRANSACTION, TRANSACTION_INTENT, bytes, signed.toBytes())
}
