import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { hashRaw } from '@node-rs/argon2'
import { concat, equal, type Random, Secret, toHex, utf8 } from '../../base/index.ts'
import { signingKeyFromSeed } from '../../crypto/index.ts'
import { addressOfPublicKey, MAX_MEMO_BYTES, ROOM_MAGIC } from '../../wire/index.ts'

/**
 * RFC 9106, second recommended option, as for the vault: a secret that people think up is guessed at about ten a second and core
 * instead of millions. There is nothing room-specific that could be a salt before the room is known, so it is fixed.
 */
const STRETCH = { memoryCost: 65_536, timeCost: 3, parallelism: 1, outputLen: 32, salt: utf8('parley/room/1   ') }
const NONCE_BYTES = 24
const KEY_BYTES = 32

/** The 32 bytes from which everything of a room comes. Takes about 0.2 s on a thread of the pool. */
export async function stretchSecret(secret: string): Promise<Secret> {
  return new Secret(await hashRaw(secret, STRETCH))
}

/** The room's id: tells nothing of the secret, and is the same on every network. */
export function roomId(root: Secret): string {
  return `0x${toHex(derive(root, 'parley/room/id/1'))}`
}

/** What the holders of a secret have in common on one network (HKDF, RFC 5869, from the stretched secret). */
export class RoomKeys {
  readonly #root: Secret
  readonly #chain: Uint8Array
  readonly #memberKey: Uint8Array

  /** `chain` is the ledger's chain identifier. */
  constructor(root: Secret, chain: string) {
    this.#root = root
    this.#chain = concat(Uint8Array.of(chain.length), utf8(chain))
    this.#memberKey = derive(root, 'parley/room/member/1', this.#chain)
  }

  /** Where members meet in a window. Each of them can make its key, so what lies there can be taken back by them alone. */
  rendezvous(window: number): string {
    const seed = new Secret(derive(this.#root, 'parley/room/rendezvous/1', this.#chain, windowBytes(window)))
    return addressOfPublicKey(signingKeyFromSeed(seed).publicKey)
  }

  /** A memo for the rendezvous of a window; XChaCha20-Poly1305 under a key of that window, so no other window takes it. */
  seal(window: number, record: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
    const nonce = random.bytes(NONCE_BYTES)
    return concat(ROOM_MAGIC, nonce, xchacha20poly1305(this.#recordKey(window), nonce, ROOM_MAGIC).encrypt(record))
  }

  /** Undefined for anything that no holder of the secret wrote for this window: the cost of junk is one cipher pass. */
  open(window: number, memo: Uint8Array): Uint8Array | undefined {
    const head = ROOM_MAGIC.length + NONCE_BYTES
    if (memo.length <= head || memo.length > MAX_MEMO_BYTES) return undefined
    if (!equal(memo.subarray(0, ROOM_MAGIC.length), ROOM_MAGIC)) return undefined
    try {
      const nonce = memo.subarray(ROOM_MAGIC.length, head)
      return xchacha20poly1305(this.#recordKey(window), nonce, ROOM_MAGIC).decrypt(memo.subarray(head))
    } catch {
      return undefined
    }
  }

  /** Shows that whoever made it knows the secret. */
  proof(bytes: Uint8Array): Uint8Array {
    return new Uint8Array(createHmac('sha256', this.#memberKey).update(bytes).digest())
  }

  proves(bytes: Uint8Array, proof: Uint8Array): boolean {
    return timingSafeEqual(this.proof(bytes), proof)
  }

  #recordKey(window: number): Uint8Array {
    return derive(this.#root, 'parley/room/record/1', this.#chain, windowBytes(window))
  }
}

function derive(root: Secret, purpose: string, ...info: Uint8Array[]): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', root.use(), '', concat(utf8(purpose), ...info), KEY_BYTES))
}

function windowBytes(window: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8))
  bytes.setBigUint64(0, BigInt(window))
  return new Uint8Array(bytes.buffer)
}
