import { bcs } from '@iota/bcs'
import { utf8 } from '../base/index.ts'
import { addressBytes } from './address.ts'
import { encode } from './codec.ts'
import { signingDigest } from './domain.ts'
import { Bytes32, ByteVector } from './identity.ts'

const MAX_CLAIM_BYTES = 512

/** `Claim` of the Move module `registry`. */
const RegistryClaim = bcs.struct('Claim', { record: ByteVector, owner: Bytes32, nodeKey: ByteVector })

/**
 * The 32 bytes that a node's key signs to be registered by an owner: `claim_digest` of the Move module, domain
 * `parley/registry/1`, without a chain, because code on the ledger cannot ask for it. `packageId` and `owner` are `0x…`.
 */
export function registryClaimDigest(packageId: string, owner: string, nodeKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const record = utf8(`${packageId.slice(2)}::registry::NodeRecord`)
  const claim = encode(RegistryClaim, { record, owner: addressBytes(owner), nodeKey }, MAX_CLAIM_BYTES)
  return signingDigest('parley/registry/1', '', claim)
}
