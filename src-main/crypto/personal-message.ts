import { bcs } from '@iota/bcs'
import { hash256 } from '../wire/index.ts'

/** IOTA intent of a personal message: scope 3, version 0, app 0. */
const PERSONAL_MESSAGE_INTENT = Uint8Array.of(3, 0, 0)

/** What an IOTA wallet signs for a personal message: blake2b256(intent ‖ bcs(vector<u8>)). */
export function personalMessageDigest(message: Uint8Array): Uint8Array<ArrayBuffer> {
  return hash256(PERSONAL_MESSAGE_INTENT, bcs.byteVector().serialize(message).toBytes())
}
