import type { IotaClient } from '@iota/iota-sdk/client'
import type { Keypair } from '@iota/iota-sdk/cryptography'
import { Transaction } from '@iota/iota-sdk/transactions'
import { bcs } from '@iota/iota-sdk/bcs'
import built from '../../../../resources/move/build.json' with { type: 'json' }
import { Secret, systemRandom } from '../../../base/index.ts'
import { signingKeyFromSeed } from '../../../crypto/index.ts'

/** What a publisher and an owner of records name things by. */
export interface ObjectNames {
  package: string
  /** The publisher's right to upgrade. */
  upgradeCap: string
  digest: string
}

/** Publishes the project's own package as any developer would. */
export async function publishRegistry(client: IotaClient, signer: Keypair): Promise<ObjectNames> {
  const transaction = new Transaction()
  const cap = transaction.publish({ modules: built.modules, dependencies: built.dependencies })
  transaction.transferObjects([cap], signer.toIotaAddress())
  const options = { showObjectChanges: true, showEffects: true }
  const done = await client.signAndExecuteTransaction({ transaction, signer, options })
  const published = done.objectChanges?.find(({ type }) => type === 'published')
  const created = done.objectChanges?.find(
    (change) => change.type === 'created' && /UpgradeCap$/.test(change.objectType),
  )
  if (published?.type !== 'published' || created?.type !== 'created') throw new Error(JSON.stringify(done))
  return { package: published.packageId, upgradeCap: created.objectId, digest: done.digest }
}

/** Registers a node with 1 IOTA of stake; all arguments are untyped, so that the SDK asks for the function's signature. */
export async function registration(client: IotaClient, packageId: string, owner: string): Promise<Transaction> {
  const key = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
  const transaction = new Transaction()
  const proof = key.sign(await claimDigest(client, packageId, owner, key.publicKey))
  const bytes = (value: Uint8Array) => transaction.pure.vector('u8', value)
  const prices = transaction.moveCall({
    target: `${packageId}::registry::prices`,
    arguments: [transaction.pure.u64(1), transaction.pure.u64(2), transaction.pure.u64(3)],
  })
  const profile = transaction.moveCall({
    target: `${packageId}::registry::profile`,
    arguments: [
      transaction.pure.vector('string', ['wss://s2.example:443']),
      bytes(new Uint8Array(32).fill(7)),
      transaction.pure.u64(3),
      prices,
      transaction.pure.u64(1),
    ],
  })
  const [stake] = transaction.splitCoins(transaction.gas, [1_000_000_000])
  transaction.moveCall({
    target: `${packageId}::registry::register`,
    arguments: [bytes(key.publicKey), profile, bytes(proof), stake],
  })
  return transaction
}

/** What the node's key has to sign, asked of the package by an inspection. */
async function claimDigest(
  client: IotaClient,
  packageId: string,
  sender: string,
  nodeKey: Uint8Array,
): Promise<Uint8Array> {
  const transactionBlock = new Transaction()
  transactionBlock.moveCall({
    target: `${packageId}::registry::claim_digest`,
    arguments: [transactionBlock.pure.address(sender), transactionBlock.pure.vector('u8', nodeKey)],
  })
  const { results, error } = await client.devInspectTransactionBlock({ sender, transactionBlock })
  const value = results?.[0]?.returnValues?.[0]
  if (value?.[1] !== 'vector<u8>') throw new Error(error ?? JSON.stringify(results))
  return new Uint8Array(bcs.byteVector().parse(new Uint8Array(value[0])))
}
