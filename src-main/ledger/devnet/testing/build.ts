import { toBase64 } from '@iota/bcs'
import { Transaction } from '@iota/iota-sdk/transactions'
import { concat } from '../../../base/index.ts'
import { hash256 } from '../../../wire/index.ts'
import type { Person } from '../../testing/index.ts'
import type { ChainEntry } from '../chain.ts'
import type { LocalNode } from '../node.ts'
import { coinsOf } from './local-node.ts'

const GAS_BUDGET = 100_000_000

/** Builds a transaction without asking a ledger; `from` pays with its largest coin. */
export async function build(
  node: LocalNode,
  from: { address: string },
  fill: (transaction: Transaction) => void,
  budget = GAS_BUDGET,
): Promise<Uint8Array> {
  const transaction = new Transaction()
  const [gas] = coinsOf(node, from).sort((a, b) => (a.balance < b.balance ? 1 : -1))
  if (!gas) throw new Error('no coin to pay with')
  transaction.setSender(from.address)
  transaction.setGasPayment([gas])
  transaction.setGasPrice(1000)
  transaction.setGasBudget(budget)
  fill(transaction)
  return transaction.build()
}

/** base64, as a node takes it. */
export function signatureOf(person: Person, bytes: Uint8Array): string {
  const signature = person.sign(hash256(Uint8Array.of(0, 0, 0), bytes))
  return toBase64(concat(Uint8Array.of(0), signature, person.publicKey))
}

/** Builds, signs and submits. */
export async function run(
  node: LocalNode,
  from: Person,
  fill: (transaction: Transaction) => void,
  budget = GAS_BUDGET,
): Promise<ChainEntry> {
  const bytes = await build(node, from, fill, budget)
  return node.submit(bytes, [signatureOf(from, bytes)])
}
