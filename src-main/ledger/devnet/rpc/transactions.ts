import type { ChainEntry } from '../chain.ts'
import type { LocalNode } from '../node.ts'
import { balanceChangesView, effectsView, objectChangesView } from './effects-view.ts'
import { invalidParams } from './errors.ts'
import { method, type Method } from './method.ts'
import {
  digestParam,
  digestsParam,
  ignoredParam,
  signaturesParam,
  transactionOptionsParam,
  transactionParam,
} from './params.ts'
import { dataView, transactionView } from './transaction-view.ts'

export const transactionMethods: Record<string, Method> = {
  iota_dryRunTransactionBlock: method([transactionParam], (node, bytes) => {
    const { transaction, execution } = node.simulate(bytes)
    return {
      effects: effectsView(transaction.digest, execution),
      events: [],
      objectChanges: objectChangesView(transaction.sender, execution),
      balanceChanges: balanceChangesView(execution),
      input: dataView(transaction),
      suggestedGasPrice: null,
    }
  }),
  iota_executeTransactionBlock: method(
    [transactionParam, signaturesParam, transactionOptionsParam, ignoredParam],
    async (node, bytes, signatures, options) => {
      const entry = await node.submit(bytes, signatures)
      return { ...transactionView(entry, options), confirmedLocalExecution: true }
    },
  ),
  iota_getTransactionBlock: method([digestParam, transactionOptionsParam], (node, digest, options) =>
    transactionView(known(node, digest), options),
  ),
  iota_multiGetTransactionBlocks: method([digestsParam, transactionOptionsParam], (node, digests, options) =>
    digests.map((digest) => transactionView(known(node, digest), options)),
  ),
  iota_isTransactionIndexedOnNode: method([digestParam], (node, digest) => node.chain.entry(digest) !== undefined),
  iota_getTotalTransactionBlocks: method([], (node) => String(node.chain.height + 1)),
  iota_getEvents: method([digestParam], (node, digest) => {
    known(node, digest)
    return []
  }),
}

function known(node: LocalNode, digest: string): ChainEntry {
  const entry = node.chain.entry(digest)
  if (!entry) throw invalidParams(`Could not find the referenced transaction [TransactionDigest(${digest})].`)
  return entry
}
