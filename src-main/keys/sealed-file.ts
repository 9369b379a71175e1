import { createHash } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import * as v from 'valibot'
import { fromHex, type Random, Secret, toHex, utf8 } from '../base/index.ts'
import { damaged } from './files.ts'

const NONCE_BYTES = 24
const hex = v.pipe(v.string(), v.regex(/^([0-9a-f]{2})*$/))
const fileSchema = v.strictObject({ header: v.string(), nonce: hex, ciphertext: hex, check: hex })

/** A file with a readable, authenticated header and an encrypted content (XChaCha20-Poly1305). */
export interface SealedFile {
  header: string
  nonce: string
  ciphertext: string
}

export function sealFile(key: Secret, header: string, content: Secret, random: Random): string {
  const nonce = random.bytes(NONCE_BYTES)
  const ciphertext = toHex(xchacha20poly1305(key.use(), nonce, utf8(header)).encrypt(content.use()))
  const file = { header, nonce: toHex(nonce), ciphertext }
  return `${JSON.stringify({ ...file, check: checksum(file) }, undefined, 2)}\n`
}

/** The form and checksum only, so that damage is told from a wrong passphrase. Throws `storage_damaged`. */
export function parseFile(text: string): SealedFile {
  try {
    const file = v.parse(fileSchema, JSON.parse(text))
    if (file.check === checksum(file) && file.nonce.length === NONCE_BYTES * 2) return file
  } catch (cause) {
    throw damaged(cause)
  }
  throw damaged()
}

/** Undefined where the key is another or the file was changed by hand. */
export function openFile(key: Secret, file: SealedFile): Secret | undefined {
  try {
    const cipher = xchacha20poly1305(key.use(), fromHex(file.nonce), utf8(file.header))
    const bytes = cipher.decrypt(fromHex(file.ciphertext))
    const content = new Secret(bytes)
    bytes.fill(0)
    return content
  } catch {
    return undefined
  }
}

function checksum(file: SealedFile): string {
  return createHash('sha256')
    .update(JSON.stringify([file.header, file.nonce, file.ciphertext]))
    .digest('hex')
}
