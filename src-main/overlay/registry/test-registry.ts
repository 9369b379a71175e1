import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret, systemRandom, toHex } from '../../base/index.ts'
import { signingKeyFromSeed, type SigningKey } from '../../crypto/index.ts'
import { type Ledger, MIN_STAKE, type NodeProfile, type NodeRegistry, type RegisteredNode } from '../../ledger/index.ts'
import { newPerson, type Person, type RunningLedger, startLedger } from '../../ledger/testing/index.ts'
import { type NodeRecordValue, registryClaimDigest } from '../../wire/index.ts'
import { createTestNode } from '../../testing/testnet-nodes.ts'
import type { S2Node } from '../node/node.ts'
import type { S2NodeOptions } from '../node/options.ts'

/** For the tests of this folder: a local ledger with short epochs, its registry, and nodes on it. */
export interface TestRegistry {
  ledger: Ledger
  running: RunningLedger
  registry: NodeRegistry
  owner: Person
  folder: string
  /** Registers a key without a node behind it; answers its record. */
  register(key: SigningKey, profile?: Partial<NodeProfile>): Promise<RegisteredNode>
  submit(transaction: { bytes: Uint8Array }): Promise<void>
  /** A node that registers itself, from a folder of that name. */
  node(name: string, options?: Partial<S2NodeOptions>): S2Node
  stop(): Promise<void>
}

export const newKey = (): SigningKey => signingKeyFromSeed(new Secret(systemRandom.bytes(32)))

export const testProfile: NodeProfile = {
  endpoints: ['wss://127.0.0.1:1'],
  fingerprint: 'ab'.repeat(32),
  roles: 3n,
  prices: { relayedMb: 1n, storedMbDay: 2n, forwardedTransaction: 3n },
  version: 1n,
}

export async function startRegistry(epochMs: number): Promise<TestRegistry> {
  const seed = systemRandom.bytes(32)
  const running = await startLedger({ epochMs, genesisSeed: seed })
  const folder = await mkdtemp(join(tmpdir(), 'parley-registry-'))
  const { ledger } = running
  const registry = await ledger.registry()
  if (!registry) throw new Error('no registry')
  const owner = newPerson()
  // More than the faucet gives.
  const rich = newPerson(seed)
  const funds = { from: rich.address, to: owner.address, nanos: 1_000n * MIN_STAKE }
  await rich.submit(ledger, await ledger.prepareTransfer(funds))
  const submit = async ({ bytes }: { bytes: Uint8Array }) => {
    const { status, error } = await owner.submit(ledger, { bytes } as never)
    if (status !== 'success') throw new Error(error)
  }
  return {
    ledger,
    running,
    registry,
    owner,
    folder,
    submit,
    register: async (key, profile = {}) => {
      const proof = key.sign(registryClaimDigest(registry.packageId, owner.address, key.publicKey))
      const request = { owner: owner.address, nodeKey: key.publicKey, proof, stake: MIN_STAKE }
      const prepared = await registry.prepareRegister({ ...request, profile: { ...testProfile, ...profile } })
      await submit(prepared)
      const [record] = await registry.records([(await registry.registeredBy(prepared.digest)) ?? ''])
      if (!record) throw new Error('not registered')
      return record
    },
    node: (name, options = {}) =>
      createTestNode({
        dataDir: join(folder, name),
        ledger,
        registry: { find: () => ledger.registry(), register: { ledger } },
        ...options,
      }),
    stop: async () => {
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A record as a node tells it. */
export function told({ object, nodeKey, profile }: RegisteredNode): NodeRecordValue {
  return { object, nodeKey, fingerprint: profile.fingerprint, endpoints: [...profile.endpoints] }
}

export function keyOf(key: SigningKey): string {
  return toHex(key.publicKey)
}
