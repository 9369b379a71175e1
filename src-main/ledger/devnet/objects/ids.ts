import { concat, toHex, utf8 } from '../../../base/index.ts'
import { hash256 } from '../../../wire/index.ts'
import { digestBytes, digestText } from './digest.ts'

/** Puts object ids apart from every other hash of a transaction digest (the network's hashing intent for object ids). */
const OBJECT_ID_INTENT = 0xf1

type HashedType =
  'TransactionData' | 'TransactionEffects' | 'TransactionEvents' | 'Object' | 'LocalGenesis' | 'LocalCheckpoint'

/** blake2b256(name ‖ "::" ‖ bytes): how the network hashes a typed value. */
export function typedHash(name: HashedType, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return hash256(utf8(`${name}::`), ...parts)
}

/** The identity of a transaction: base58 over the BCS of its TransactionData, without signatures. */
export function transactionDigest(bytes: Uint8Array): string {
  return digestText(typedHash('TransactionData', bytes))
}

/** The id of the `index`-th object that a transaction makes. */
export function derivedId(digest: string, index: bigint): string {
  const count = new Uint8Array(8)
  new DataView(count.buffer).setBigUint64(0, index, true)
  return `0x${toHex(hash256(concat(Uint8Array.of(OBJECT_ID_INTENT), digestBytes(digest), count)))}`
}
