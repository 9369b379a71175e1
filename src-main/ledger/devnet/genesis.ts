import { toBase58 } from '@iota/bcs'
import { concat, fromHex, toHex, utf8 } from '../../base/index.ts'
import { LOCAL_PACKAGE } from '../packages.ts'
import { CLOCK_ID } from './execution/index.ts'
import type { MoveMachine } from './move/index.ts'
import {
  coinContents,
  derivedId,
  encodePackage,
  type LedgerObject,
  objectTypeOf,
  sealObject,
  typedHash,
} from './objects/index.ts'

/** All NANOS there are: 4,000,000,000 IOTA, near the real network's supply and within u64. */
export const GENESIS_NANOS = 4_000_000_000_000_000_000n
/** What the package is linked with. */
const FRAMEWORK = ['1', '2'].map((id) => `0x${id.padStart(64, '0')}`)
const CLOCK_TYPE = objectTypeOf('0x2::clock::Clock')

/** Where a chain begins: everything else follows from these two values and the transactions. */
export interface GenesisTerms {
  /** The address that gets all tokens. */
  richAddress: string
  /** Milliseconds since 1970. */
  time: number
  /** Compiled modules that stand at LOCAL_PACKAGE from the beginning; nobody can upgrade them. */
  modules?: readonly Uint8Array[]
}

/** base58; as the digest of the genesis' transaction and of its checkpoint. */
export function genesisDigestOf(richAddress: string): string {
  return toBase58(genesisHash(richAddress))
}

/** 8 hex digits: the head of the genesis checkpoint's digest, as on a node. */
export function chainIdentifierOf(richAddress: string): string {
  return toHex(genesisHash(richAddress).subarray(0, 4))
}

/** The first objects: one coin with all tokens, the clock, and the package where there is one. */
export function genesisObjects(
  { richAddress, time, modules = [] }: GenesisTerms,
  machine: MoveMachine,
): LedgerObject[] {
  const digest = genesisDigestOf(richAddress)
  const id = derivedId(digest, 0n)
  const common = { version: 1n, previousTransaction: digest, storageRebate: 0n }
  const coin = { id, type: { GasCoin: true as const }, contents: coinContents(id, GENESIS_NANOS) }
  const objects = [sealObject({ ...coin, ...common, owner: { AddressOwner: richAddress } }), clockAt(digest, 1n, time)]
  if (modules.length > 0) objects.push(sealObject({ ...packageOf(modules, machine), ...common }))
  return objects
}

function packageOf(bytecode: readonly Uint8Array[], machine: MoveMachine) {
  const { modules, types = [] } = machine.verify([...bytecode], LOCAL_PACKAGE)
  const linkage = FRAMEWORK.map((id) => ({ id, version: 1n }))
  const contents = encodePackage({ id: LOCAL_PACKAGE, version: 1n, modules, types, linkage })
  return { id: LOCAL_PACKAGE, type: { Package: true as const }, contents, owner: { Immutable: true as const } }
}

/** The clock as it stands at a time: `version` counts how often it was set. */
export function clockAt(genesisDigest: string, version: bigint, time: number): LedgerObject {
  const now = new Uint8Array(8)
  new DataView(now.buffer).setBigUint64(0, BigInt(time), true)
  return sealObject({
    id: CLOCK_ID,
    type: CLOCK_TYPE,
    version,
    contents: concat(fromHex(CLOCK_ID), now),
    owner: { Shared: { initialSharedVersion: '1' } },
    previousTransaction: genesisDigest,
    storageRebate: 0n,
  })
}

function genesisHash(richAddress: string): Uint8Array<ArrayBuffer> {
  return typedHash('LocalGenesis', utf8(richAddress))
}
