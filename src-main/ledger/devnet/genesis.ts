import { toBase58 } from '@iota/bcs'
import { concat, fromHex, toHex, utf8 } from '../../base/index.ts'
import { CLOCK_ID } from './execution/index.ts'
import { coinContents, derivedId, type LedgerObject, objectTypeOf, sealObject, typedHash } from './objects/index.ts'

/** All NANOS there are: 4,000,000,000 IOTA, near the real network's supply and within u64. */
export const GENESIS_NANOS = 4_000_000_000_000_000_000n
const CLOCK_TYPE = objectTypeOf('0x2::clock::Clock')

/** Where a chain begins: everything else follows from these two values and the transactions. */
export interface GenesisTerms {
  /** The address that gets all tokens. */
  richAddress: string
  /** Milliseconds since 1970. */
  time: number
}

/** base58; as the digest of the genesis' transaction and of its checkpoint. */
export function genesisDigestOf(richAddress: string): string {
  return toBase58(genesisHash(richAddress))
}

/** 8 hex digits: the head of the genesis checkpoint's digest, as on a node. */
export function chainIdentifierOf(richAddress: string): string {
  return toHex(genesisHash(richAddress).subarray(0, 4))
}

/** The first objects: one coin with all tokens, and the clock. */
export function genesisObjects({ richAddress, time }: GenesisTerms): LedgerObject[] {
  const digest = genesisDigestOf(richAddress)
  const id = derivedId(digest, 0n)
  const common = { version: 1n, previousTransaction: digest, storageRebate: 0n }
  const coin = { id, type: { GasCoin: true as const }, contents: coinContents(id, GENESIS_NANOS) }
  return [sealObject({ ...coin, ...common, owner: { AddressOwner: richAddress } }), clockAt(digest, 1n, time)]
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
