import { createHash, createPublicKey, verify } from 'node:crypto'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { hash256 } from '../../../../wire/index.ts'
import { SIGNATURE_STEPS } from '../limits.ts'
import { bytesValue } from '../value.ts'
import { bytesOf } from './arguments.ts'
import type { Native } from './types.ts'

/** What stands before an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

function hash(compute: (bytes: Uint8Array) => Uint8Array): Native {
  return ([value], { meter }) => {
    const bytes = bytesOf(value)
    meter.charge(SIGNATURE_STEPS + BigInt(bytes.length))
    return [bytesValue(compute(bytes))]
  }
}

/** As on the ledger, a signature or key of a wrong length is not an error: it just does not verify. */
const verifyEd25519: Native = ([signature, publicKey, message], { meter }) => {
  const [mark, key, text] = [bytesOf(signature), bytesOf(publicKey), bytesOf(message)]
  meter.charge(SIGNATURE_STEPS + BigInt(text.length))
  if (mark.length !== SIGNATURE_BYTES || key.length !== KEY_BYTES) return [false]
  const imported = createPublicKey({ key: Buffer.concat([SPKI, key]), format: 'der', type: 'spki' })
  return [verify(null, text, imported, mark)]
}

export const cryptoNatives: Record<string, Native> = {
  '0x2::ed25519::ed25519_verify': verifyEd25519,
  '0x2::hash::blake2b256': hash((bytes) => hash256(bytes)),
  '0x2::hash::keccak256': hash((bytes) => keccak_256(bytes)),
  '0x1::hash::sha2_256': hash((bytes) => createHash('sha256').update(bytes).digest()),
  '0x1::hash::sha3_256': hash((bytes) => createHash('sha3-256').update(bytes).digest()),
}
