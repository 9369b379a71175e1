import { fromBase58 } from '@iota/bcs'
import { concat, toHex } from '../../base/index.ts'
import { hash256 } from '../../wire/index.ts'

/** Puts object ids apart from every other hash of a transaction digest (the network's hashing intent for object ids). */
const OBJECT_ID_INTENT = 0xf1
/** The objects that a transaction makes are numbered; one that opens a channel makes a few. */
const MAX_OBJECTS = 64n

/** Whether a transaction made this object: by its id alone, whatever a server of the ledger says. */
export function isMadeBy(id: string, digest: string): boolean {
  const bytes = fromBase58(digest)
  for (let index = 0n; index < MAX_OBJECTS; index++) {
    const count = new Uint8Array(8)
    new DataView(count.buffer).setBigUint64(0, index, true)
    if (id === `0x${toHex(hash256(concat(Uint8Array.of(OBJECT_ID_INTENT), bytes, count)))}`) return true
  }
  return false
}
