import { Chacha20Poly1305 } from '@hpke/chacha20poly1305'
import { CipherSuite, HkdfSha256 } from '@hpke/core'
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519'
import { x25519 } from '@noble/curves/ed25519.js'
import { type Secret, utf8 } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'

/** HPKE base mode, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305. */
const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Chacha20Poly1305(),
})
const INFO = utf8('parley/sealed/1')

export interface Sealed {
  /** 32 bytes. */
  enc: Uint8Array<ArrayBuffer>
  ciphertext: Uint8Array<ArrayBuffer>
}

/** The X25519 public key (32 bytes) of a sealing key. */
export function sealingPublicKey(secret: Secret): Uint8Array<ArrayBuffer> {
  return new Uint8Array(x25519.getPublicKey(secret.use()))
}

/** Seals bytes so that only the holder of the recipient's sealing key reads them. `aad` must be given again to open. */
export async function seal(recipient: Uint8Array, plaintext: Uint8Array, aad: Uint8Array): Promise<Sealed> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(new Uint8Array(recipient))
  const sender = await suite.createSenderContext({ recipientPublicKey, info: INFO })
  const ciphertext = await sender.seal(new Uint8Array(plaintext), new Uint8Array(aad))
  return { enc: new Uint8Array(sender.enc), ciphertext: new Uint8Array(ciphertext) }
}

/** Opens what `seal` made. Throws `bad_signature` when it is not for this key or was changed. */
export async function open(recipient: Secret, sealed: Sealed, aad: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const recipientKey = await suite.kem.deserializePrivateKey(new Uint8Array(recipient.use()))
    const context = await suite.createRecipientContext({ recipientKey, enc: new Uint8Array(sealed.enc), info: INFO })
    return new Uint8Array(await context.open(new Uint8Array(sealed.ciphertext), new Uint8Array(aad)))
  } catch (cause) {
    throw new ParleyError('bad_signature', 'This is not sealed to this device, or was changed on the way.', { cause })
  }
}
