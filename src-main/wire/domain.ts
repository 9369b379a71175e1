import { blake2b } from '@noble/hashes/blake2.js'
import { concat, utf8 } from '../base/index.ts'

/** What a signature is for; part of what is signed, so that it is valid for nothing else (PROTOCOL section 1). */
export type SigningDomain =
  | 'parley/presence/1'
  | 'parley/goodbye/1'
  | 'parley/revocation/1'
  | 'parley/link-client/1'
  | 'parley/link-node/1'
  | 'parley/sealed/1'
  | 'parley/key-package/1'
  | 'parley/last-resort/1'
  | 'parley/card/1'
  | 'parley/room-ticket/1'
  | 'parley/registry/1'
  | 'parley/allowed/1'
  | 'parley/accepted/1'
  | 'parley/log-founding/1'
  | 'parley/channel/1'
  | 'parley/channel-close/1'

/** blake2b with 32 bytes of output. */
export function hash256(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(blake2b(concat(...parts), { dkLen: 32 }))
}

/**
 * The 32 bytes that are signed: blake2b256(domain ‖ chain ‖ bcs), domain and chain each behind one length byte.
 * `chain` is the ledger's chain identifier (8 hex digits on IOTA networks).
 */
export function signingDigest(domain: SigningDomain, chain: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const label = utf8(domain)
  const network = utf8(chain)
  return hash256(Uint8Array.of(label.length), label, Uint8Array.of(network.length), network, bytes)
}
