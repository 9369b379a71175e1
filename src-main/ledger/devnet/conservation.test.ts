import { Ed25519Keypair } from '@iota/iota-sdk/keypairs/ed25519'
import { MultiSigPublicKey } from '@iota/iota-sdk/multisig'
import { Transaction } from '@iota/iota-sdk/transactions'
import { beforeAll, expect, test } from 'vitest'
import { newPerson, type Person, signedTransfer } from '../testing/index.ts'
import { type ChainEntry, GENESIS_NANOS } from './chain.ts'
import { verifyChain } from './check.ts'
import { NANOS_PER_STORED_BYTE } from './execution/index.ts'
import { createMoveMachine } from './move/index.ts'
import { coinTypeOf, coinValue, gasSize, type LedgerObject, moveTypeOf } from './objects/index.ts'
import {
  build,
  coinsOf,
  profile,
  publishParley,
  register,
  run,
  sequence,
  sharedInput,
  signatureOf,
  testNode,
} from './testing/index.ts'

const TRANSACTIONS = 10_000
const made = testNode()
const { node, rich } = made
const choose = sequence(20_261)
const people = Array.from({ length: 12 }, () => newPerson())
const keys = [1, 2, 3].map((seed) => Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(seed)))
const multisig = MultiSigPublicKey.fromPublicKeys({
  threshold: 2,
  publicKeys: keys.map((key) => ({ publicKey: key.getPublicKey(), weight: 1 })),
})
const shared = { address: multisig.toIotaAddress() }
let packageId = ''
let burned = 0n
const kinds = new Map<string, number>()

beforeAll(async () => {
  for (const { address } of [...people, shared])
    noted('fund', await node.submit(...asList(signedTransfer(rich, address, 10_000_000_000_000n, coinsOf(node, rich)))))
  const [publisher = rich] = people
  packageId = await publishParley(node, publisher)
  const { previousTransaction } = node.chain.objects.get(packageId) ?? missing()
  noted('publish', node.chain.entry(previousTransaction) ?? missing())
})

function missing(): never {
  throw new Error('not there')
}

function asList({ bytes, signatures }: { bytes: Uint8Array; signatures: string[] }) {
  return [bytes, signatures] as const
}

function noted(kind: string, { execution }: ChainEntry): void {
  burned += execution.gasUsed.computationCostBurned
  const name = execution.status.success ? kind : `${kind} failed`
  kinds.set(name, (kinds.get(name) ?? 0) + 1)
}

/** Every NANO is in a coin, in a stake, in a deposit for storage, or burned. */
function accounted(): bigint {
  let sum = burned
  for (const object of node.chain.objects.values()) sum += nanosIn(object) + object.storageRebate
  return sum
}

function nanosIn(object: LedgerObject): bigint {
  if (coinTypeOf(object) !== undefined) return coinValue(object)
  const type = moveTypeOf(object)
  if (!type.endsWith('::registry::NodeRecord')) return 0n
  const { stake } = node.chain.machine.render(type, object.contents) as { stake: string }
  return BigInt(stake)
}

function anyone(): Person {
  return people[choose(people.length)] ?? rich
}

async function transfer(): Promise<ChainEntry> {
  const from = anyone()
  const sorted = coinsOf(node, from).sort((a, b) => (a.balance < b.balance ? 1 : -1))
  const coins = sorted.slice(0, 1 + choose(8))
  const sum = coins.reduce((total, { balance }) => total + balance, 0n)
  const nanos = choose(20) === 0 ? sum : (sum * BigInt(choose(50))) / 100n
  return node.submit(...asList(signedTransfer(from, anyone().address, nanos, coins)))
}

function split(): Promise<ChainEntry> {
  const from = anyone()
  return run(node, from, (transaction) => {
    const parts = transaction.splitCoins(transaction.gas, [choose(1_000_000), 0, choose(10)])
    transaction.transferObjects(
      [0, 1, 2].map((index) => parts[index] ?? missing()),
      anyone().address,
    )
  })
}

function merge(): Promise<ChainEntry> {
  const from = anyone()
  const [, first, ...others] = coinsOf(node, from).sort((a, b) => (a.balance < b.balance ? 1 : -1))
  if (!first || others.length === 0) return transfer()
  return run(node, from, (transaction) => {
    // Now and then twice the same coin: that fails.
    const sources = others.slice(0, 1 + choose(200)).map((coin) => transaction.objectRef(coin))
    transaction.mergeCoins(
      transaction.objectRef(first),
      choose(10) === 0 ? [...sources, sources[0] ?? missing()] : sources,
    )
  })
}

async function sponsored(): Promise<ChainEntry> {
  const [from, sponsor] = [anyone(), anyone()]
  const [coin, other] = coinsOf(node, from).sort((a, b) => (a.balance < b.balance ? -1 : 1))
  const [gas] = coinsOf(node, sponsor).sort((a, b) => (a.balance < b.balance ? 1 : -1))
  if (from === sponsor || !coin || !other || !gas) return transfer()
  const transaction = new Transaction()
  transaction.setSender(from.address)
  transaction.setGasOwner(sponsor.address)
  transaction.setGasPayment([gas])
  transaction.setGasPrice(1000)
  transaction.setGasBudget(5_000_000)
  transaction.transferObjects([transaction.objectRef(coin)], sponsor.address)
  const bytes = await transaction.build()
  return node.submit(bytes, [signatureOf(from, bytes), signatureOf(sponsor, bytes)])
}

async function together(): Promise<ChainEntry> {
  const bytes = await build(node, shared, (transaction) => {
    transaction.transferObjects(
      [transaction.splitCoins(transaction.gas, [choose(1000)])[0] ?? missing()],
      anyone().address,
    )
  })
  const parts = await Promise.all(keys.slice(1).map(async (key) => (await key.signTransaction(bytes)).signature))
  return node.submit(bytes, [multisig.combinePartialSignatures(parts)])
}

/** Registers, or does something with a record that may be another's, already left, or not yet free. */
async function withStake(): Promise<ChainEntry> {
  const records = [...node.chain.objects.values()].filter((object) => moveTypeOf(object).endsWith('::NodeRecord'))
  if (records.length < 20 && choose(3) > 0)
    return register(node, anyone(), packageId, BigInt(choose(12)) * 100_000_000n)
  const record = records[choose(records.length)]
  if (!record) return transfer()
  const name = ['renew', 'leave', 'withdraw', 'withdraw'][choose(4)] ?? 'renew'
  const { owner } = node.chain.machine.render(moveTypeOf(record), record.contents) as { owner: string }
  const from = people.find(({ address }) => address === owner && choose(5) > 0) ?? anyone()
  if (choose(8) === 0) await node.turnEpoch()
  return run(node, from, (transaction) => {
    const input = sharedInput(transaction, record)
    const more = name === 'renew' ? [profile(transaction, packageId)] : []
    transaction.moveCall({ target: `${packageId}::registry::${name}`, arguments: [input, ...more] })
  })
}

function step(): [string, Promise<ChainEntry>] {
  const at = choose(100)
  if (at < 70) return ['transfer', transfer()]
  if (at < 80) return ['split', split()]
  if (at < 88) return ['merge', merge()]
  if (at < 92) return ['sponsored', sponsored()]
  if (at < 93) return ['multisig', together()]
  return ['move', withStake()]
}

test('10,000 random transactions neither make nor lose a NANO, and can all be executed again', async () => {
  for (let count = 1; count <= TRANSACTIONS; count++) {
    const [kind, entry] = step()
    noted(kind, await entry)
    if (count % 1000 === 0) expect(accounted()).toBe(GENESIS_NANOS)
  }
  for (const kind of ['transfer', 'split', 'merge', 'sponsored', 'multisig', 'move'])
    expect(kinds.get(kind)).toBeGreaterThan(20)
  for (const kind of ['transfer failed', 'move failed', 'merge failed']) expect(kinds.get(kind)).toBeGreaterThan(10)
  for (const object of node.chain.objects.values())
    if (object.storageRebate > 0n) expect(object.storageRebate).toBe(gasSize(object) * NANOS_PER_STORED_BYTE)
  const { transactions } = await verifyChain(made.terms, made.database, createMoveMachine())
  expect(transactions).toBe(node.chain.transactionCount - 1)
}, 240_000)
