import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { expand, extract } from '@noble/hashes/hkdf.js'
import { sha512 } from '@noble/hashes/sha2.js'
import type { CiphersuiteImpl } from 'ts-mls'

const CIPHER = 'aes-256-gcm'
const TAG_BYTES = 16
const HASH = 'sha512'
const HASH_BYTES = 64

/** As ts-mls names the failure of a decryption; it does not export its own. */
class CryptoError extends Error {
  override readonly name = 'CryptoError'
}

/**
 * SHA-512, HMAC, HKDF and AES-256-GCM of the ciphersuite by synchronous calls. A chat message needs about twenty of them on
 * a few bytes each; through WebCrypto every one is a job for a thread pool, and the waiting costs more than the work (half of
 * all the time between two people, measured by `npm run bench -- message`). Same results: see the test beside.
 */
export function withNativeCrypto(suite: CiphersuiteImpl): CiphersuiteImpl {
  return {
    ...suite,
    hash: {
      digest: async (data) => bytes(createHash(HASH).update(data).digest()),
      mac: async (key, data) => mac(key, data),
      verifyMac: async (key, tag, data) => tag.length === HASH_BYTES && timingSafeEqual(mac(key, data), tag),
    },
    kdf: {
      extract: async (salt, ikm) => new Uint8Array(extract(sha512, ikm, salt)),
      expand: async (prk, info, length) => new Uint8Array(expand(sha512, prk, info, length)),
      size: HASH_BYTES,
    },
    hpke: { ...suite.hpke, encryptAead, decryptAead },
  }
}

function mac(key: Uint8Array, data: Uint8Array): Uint8Array {
  return bytes(createHmac(HASH, key).update(data).digest())
}

async function encryptAead(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array | undefined,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  if (aad) cipher.setAAD(aad)
  return bytes(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
}

async function decryptAead(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array | undefined,
  ciphertext: Uint8Array,
): Promise<Uint8Array> {
  if (ciphertext.length < TAG_BYTES) throw new CryptoError('the ciphertext is shorter than its tag')
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
  if (aad) decipher.setAAD(aad)
  decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES))
  try {
    return bytes(Buffer.concat([decipher.update(ciphertext.subarray(0, -TAG_BYTES)), decipher.final()]))
  } catch (cause) {
    throw new CryptoError(String(cause))
  }
}

/** A Buffer's own bytes: small Buffers share a pool, and a state that held one would keep the pool. */
function bytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer)
}
