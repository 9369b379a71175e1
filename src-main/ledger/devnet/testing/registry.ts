import { bcs } from '@iota/iota-sdk/bcs'
import { Transaction, type TransactionArgument } from '@iota/iota-sdk/transactions'
import built from '../../../../resources/move/build.json' with { type: 'json' }
import { Secret, systemRandom } from '../../../base/index.ts'
import { signingKeyFromSeed } from '../../../crypto/index.ts'
import type { Person } from '../../testing/index.ts'
import type { ChainEntry } from '../chain.ts'
import type { LocalNode } from '../node.ts'
import type { LedgerObject } from '../objects/index.ts'
import { run } from './build.ts'

export const STAKE_NANOS = 1_000_000_000n

/** Publishes the project's own package; answers its id. */
export async function publishParley(node: LocalNode, person: Person): Promise<string> {
  const { modules, dependencies } = built
  const { execution } = await run(node, person, (transaction) => {
    transaction.transferObjects([transaction.publish({ modules, dependencies })], person.address)
  })
  if (!execution.published) throw new Error(JSON.stringify(execution.status))
  return execution.published.id
}

/** Registers a node of the overlay: a shared object that holds a stake. */
export async function register(
  node: LocalNode,
  person: Person,
  packageId: string,
  stake = STAKE_NANOS,
): Promise<ChainEntry> {
  const key = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
  const proof = key.sign(claimDigest(node, person, packageId, key.publicKey))
  return run(node, person, (transaction) => {
    const [coin] = transaction.splitCoins(transaction.gas, [stake])
    if (!coin) throw new Error('no coin')
    transaction.moveCall({
      target: `${packageId}::registry::register`,
      arguments: [bytes(transaction, key.publicKey), profile(transaction, packageId), bytes(transaction, proof), coin],
    })
  })
}

/** What the node's key has to sign, asked of the package itself. */
function claimDigest(node: LocalNode, owner: Person, packageId: string, nodeKey: Uint8Array): Uint8Array {
  const transaction = new Transaction()
  transaction.moveCall({
    target: `${packageId}::registry::claim_digest`,
    arguments: [transaction.pure.address(owner.address), bytes(transaction, nodeKey)],
  })
  const { results } = node.devInspect(owner.address, kindOf(transaction))
  const digest = results[0]?.returnValues[0]?.bytes
  if (!digest) throw new Error('no digest')
  return new Uint8Array(bcs.byteVector().parse(digest))
}

export function profile(transaction: Transaction, packageId: string): TransactionArgument {
  const u64 = (value: number) => transaction.pure.u64(value)
  const prices = transaction.moveCall({ target: `${packageId}::registry::prices`, arguments: [u64(1), u64(2), u64(3)] })
  return transaction.moveCall({
    target: `${packageId}::registry::profile`,
    arguments: [
      transaction.pure.vector('string', ['wss://s2.example:443']),
      bytes(transaction, new Uint8Array(32).fill(7)),
      u64(3),
      prices,
      u64(1),
    ],
  })
}

/** A shared object as a transaction names it. */
export function sharedInput(transaction: Transaction, { id, owner }: LedgerObject, mutable = true) {
  if (!('Shared' in owner)) throw new Error('not shared')
  const { initialSharedVersion } = owner.Shared
  return transaction.sharedObjectRef({ objectId: id, initialSharedVersion, mutable })
}

/** BCS of a transaction's commands alone. */
export function kindOf(transaction: Transaction): Uint8Array {
  const { inputs, commands } = transaction.getData()
  return bcs.TransactionKind.serialize({ ProgrammableTransaction: { inputs, commands } } as never).toBytes()
}

function bytes(transaction: Transaction, value: Uint8Array): TransactionArgument {
  return transaction.pure.vector('u8', value)
}
