import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { type Secret } from '../base/index.ts'

// RFC 8410: the fixed DER wrapping of a raw Ed25519 key.
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex')

/** An Ed25519 key pair; the private half cannot be printed. */
export interface SigningKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** 64 bytes of signature over the message (which in Parley is always a 32-byte digest). */
  sign(message: Uint8Array): Uint8Array<ArrayBuffer>
}

/** From the 32-byte seed of RFC 8032. */
export function signingKeyFromSeed(seed: Secret): SigningKey {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed.use()]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    publicKey: new Uint8Array(spki.subarray(SPKI_HEAD.length)),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  }
}

/** False for a wrong signature and for a malformed key or signature; never throws. */
export function verifySignature(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  try {
    return verify(null, message, publicKeyObject(publicKey), signature)
  } catch {
    return false
  }
}

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: 'der', type: 'spki' })
}
