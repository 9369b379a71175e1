import * as v from 'valibot'
import type { ChainEntry } from '../chain.ts'
import type { Execution, Inspection } from '../execution/index.ts'
import type { LocalNode } from '../node.ts'
import { shownType } from '../objects/index.ts'
import { balanceChangesView, objectChangesView } from './changes-view.ts'
import { argumentView } from './command-view.ts'
import { effectsView } from './effects-view.ts'
import { asTrial, invalidParams } from './errors.ts'
import { eventView } from './events-view.ts'
import { genesisView } from './genesis-view.ts'
import { method, type MethodTable } from './method.ts'
import {
  digestParam,
  digestsParam,
  idParam,
  signaturesParam,
  type TransactionOptions,
  transactionOptionsParam,
  transactionParam,
  u64Param,
} from './params.ts'
import { dataView, transactionView } from './transaction-view.ts'

const requestTypeParam = v.nullish(v.picklist(['WaitForEffectsCert', 'WaitForLocalExecution']))
const inspectionParam = v.nullish(v.object({ showRawTxnDataAndEffects: v.nullish(v.boolean()) }))

export const transactionMethods: MethodTable = {
  iota_dryRunTransactionBlock: method([transactionParam], (node, bytes) => {
    const { transaction, execution } = asTrial(() => node.simulate(bytes))
    // A node leaves the coin out that it invented for a transaction without payment.
    const invented = transaction.gas.payment.length === 0 ? execution.gasId : undefined
    return {
      effects: effectsView(transaction.digest, execution),
      events: execution.events.map((event) => eventView(node, event, true)),
      objectChanges: objectChangesView(transaction.sender, execution),
      balanceChanges: balanceChangesView(execution, invented),
      input: dataView(node, transaction),
      suggestedGasPrice: null,
      executionErrorSource: failureOf(execution) ?? null,
    }
  }),
  iota_devInspectTransactionBlock: method(
    [idParam, transactionParam, v.nullish(u64Param), v.nullish(u64Param), inspectionParam],
    (node, sender, kind, gasPrice, _epoch, more) =>
      inspectionView(
        node,
        asTrial(() => node.devInspect(sender, kind, gasPrice ?? undefined)),
        more?.showRawTxnDataAndEffects ?? false,
      ),
  ),
  iota_executeTransactionBlock: method(
    [transactionParam, signaturesParam, transactionOptionsParam, requestTypeParam],
    async (node, bytes, signatures, options) => {
      const entry = await node.submit(bytes, signatures)
      return { ...transactionView(node, entry, options), confirmedLocalExecution: true }
    },
  ),
  iota_getTransactionBlock: method([digestParam, transactionOptionsParam], (node, digest, options) =>
    blockView(node, digest, options),
  ),
  iota_multiGetTransactionBlocks: method([digestsParam, transactionOptionsParam], (node, digests, options) =>
    digests.map((digest) => blockView(node, digest, options)),
  ),
  iota_isTransactionIndexedOnNode: method([digestParam], (node, digest) => node.chain.entry(digest) !== undefined),
  iota_getTotalTransactionBlocks: method([], (node) => String(node.chain.transactionCount)),
  iotax_getTotalTransactions: method([], (node) => String(node.chain.transactionCount)),
}

function blockView(node: LocalNode, digest: string, options: TransactionOptions): object {
  if (digest === node.chain.genesisDigest) return genesisView(node, options)
  return transactionView(node, knownEntry(node, digest), options)
}

/** Throws -32602 for a transaction that was never executed. */
export function knownEntry(node: LocalNode, digest: string): ChainEntry {
  const entry = node.chain.entry(digest)
  if (!entry) throw invalidParams(`Could not find the referenced transaction [TransactionDigest(${digest})].`)
  return entry
}

function inspectionView(node: LocalNode, { transaction, execution, results }: Inspection, raw: boolean): object {
  const failure = failureOf(execution)
  return {
    effects: effectsView(transaction.digest, execution),
    events: execution.events.map((event) => eventView(node, event, true)),
    ...(failure === undefined ? { results: results.map(resultView) } : { error: failure }),
    ...(raw ? { rawTxnData: Array.from(transaction.bytes), rawEffects: Array.from(execution.effects.bytes) } : {}),
  }
}

function resultView({ returnValues, mutableReferences }: Inspection['results'][number]): object {
  return {
    ...(mutableReferences.length > 0
      ? {
          mutableReferenceOutputs: mutableReferences.map(({ argument, bytes, type }) => [
            argumentView(argument),
            Array.from(bytes),
            shownType(type),
          ]),
        }
      : {}),
    ...(returnValues.length > 0
      ? { returnValues: returnValues.map(({ bytes, type }) => [Array.from(bytes), shownType(type)]) }
      : {}),
  }
}

function failureOf({ status }: Execution): string | undefined {
  return status.success ? undefined : status.error
}
