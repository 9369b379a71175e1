import { fromHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type SigningKey, verifySignature } from '../../crypto/index.ts'
import { encode, MailAcceptance, signingDigest } from '../../wire/index.ts'
import type { Accepted } from '../state/index.ts'

const MAX_BYTES = 64
type Acceptance = Pick<Accepted, 'address' | 'digest'>

/** Signs with the device key that it has an envelope of its mailbox on disk (domain parley/accepted/1, of no chain): 64 bytes. */
export function signAccepted(key: SigningKey, acceptance: Acceptance): Uint8Array<ArrayBuffer> {
  return key.sign(digestOf(acceptance))
}

/** Checks that the device (whose id is its public key) has accepted the envelope. Throws `bad_signature`. */
export function checkAccepted(accepted: Omit<Accepted, 'expiresAt'>): void {
  if (!verifySignature(fromHex(accepted.device), digestOf(accepted), accepted.signature))
    throw new ParleyError('bad_signature', 'That an envelope was accepted is not signed by its device.')
}

function digestOf({ address, digest }: Acceptance): Uint8Array {
  return signingDigest('parley/accepted/1', '', encode(MailAcceptance, { address, digest }, MAX_BYTES))
}
