import { bcs, fromBase58, toBase58 } from '@iota/bcs'
import { fromHex } from '../../../base/index.ts'

/** Digests kept in both forms: base58 takes longer than the hash itself, and each digest is needed again soon. */
const REMEMBERED = 4096
const bytesOf = new Map<string, Uint8Array>()

/** base58. */
export function digestText(bytes: Uint8Array): string {
  const text = toBase58(bytes)
  remember(text, bytes)
  return text
}

/** 32 bytes. Throws for text that is no base58. */
export function digestBytes(text: string): Uint8Array {
  const known = bytesOf.get(text)
  if (known) return known
  const bytes = fromBase58(text)
  remember(text, bytes)
  return bytes
}

function remember(text: string, bytes: Uint8Array): void {
  bytesOf.set(text, bytes)
  const [oldest] = bytesOf.keys()
  if (bytesOf.size > REMEMBERED && oldest !== undefined) bytesOf.delete(oldest)
}

/** As the ledger writes a digest: its length, then its bytes. */
export const Digest = bcs.byteVector().transform({
  name: 'Digest',
  input: (text: string) => digestBytes(text),
  output: (bytes) => toBase58(new Uint8Array(bytes)),
})

/** 32 bytes of an id that is in its one text form. */
export const Address = bcs.bytes(32).transform({ name: 'Address', input: (id: string) => fromHex(id) })

/** As `Owner` in types.ts. */
export const OwnerSchema = bcs.enum('Owner', {
  AddressOwner: Address,
  ObjectOwner: Address,
  Shared: bcs.struct('Shared', { initialSharedVersion: bcs.u64() }),
  Immutable: null,
})
