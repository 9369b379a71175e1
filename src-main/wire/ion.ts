import { bcs } from '@iota/bcs'
import { concat, equal, fromHex, utf8 } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { decodeStrict, encode } from './codec.ts'
import { Time } from './envelope.ts'
import { Bytes16, Bytes32, Bytes64, ByteVector } from './identity.ts'
import { MAX_MEMO_BYTES } from './limits.ts'
import { boundedVector } from './vector.ts'

/** The first bytes of a memo on the ledger: what it is, and its version. */
export const CARD_MAGIC = utf8('PLYc1')
export const LETTER_MAGIC = utf8('PLYm1')
/** Of the recipient's device key: which device of an address a letter is for, before anything is opened. */
const HINT_BYTES = 8

/** How a device is found by its address alone (PROTOCOL section 7). Its sealing key stands in the certificate. */
export const LedgerCardBody = bcs.enum('LedgerCard', {
  V1: bcs.struct('LedgerCardV1', {
    /** `SignedDeviceCertificate` bytes. */
    certificate: ByteVector,
    issuedAt: Time,
    /** A last-resort MLS key package: used again and again. */
    keyPackage: ByteVector,
  }),
})
/** `body` are the BCS bytes of LedgerCardBody, `signature` the device key's over their digest (domain parley/card/1). */
export const SignedLedgerCard = bcs.struct('SignedLedgerCard', { body: ByteVector, signature: Bytes64 })

const Letter = bcs.struct('LedgerLetter', {
  /** The first bytes of the recipient's device key. */
  hint: bcs.bytes(HINT_BYTES).transform({ input: (bytes: Uint8Array) => bytes, output: (bytes) => bytes }),
  /** An `Envelope` whose body is sealed. */
  envelope: ByteVector,
})

/** The memo that carries an envelope to one device. Throws `too_large`. */
export function encodeLetter(device: string, envelope: Uint8Array): Uint8Array<ArrayBuffer> {
  const hint = fromHex(device).subarray(0, HINT_BYTES)
  return concat(LETTER_MAGIC, encode(Letter, { hint, envelope }, MAX_MEMO_BYTES - LETTER_MAGIC.length))
}

/** The envelope, or undefined where the letter is for another device of the address. Throws as `decodeStrict` does. */
export function decodeLetter(memo: Uint8Array, device: string): Uint8Array | undefined {
  if (!equal(memo.subarray(0, LETTER_MAGIC.length), LETTER_MAGIC))
    throw new ParleyError('invalid_params', 'The memo is no letter.')
  const { hint, envelope } = decodeStrict(Letter, memo.subarray(LETTER_MAGIC.length), 'The letter', MAX_MEMO_BYTES)
  return equal(hint, fromHex(device).subarray(0, HINT_BYTES)) ? envelope : undefined
}

/** A data-channel description without what every one of ours says: about 70 bytes instead of 600. */
const CompactDescription = bcs.struct('CompactDescription', {
  setup: bcs.enum('Setup', { Actpass: null, Active: null, Passive: null }),
  ufrag: bcs.string(),
  pwd: bcs.string(),
  /** SHA-256 of the DTLS certificate. */
  fingerprint: Bytes32,
  sctpPort: bcs.u16(),
  maxMessageSize: bcs.u32(),
})
export type CompactDescriptionValue = typeof CompactDescription.$inferInput

/** An ICE candidate over UDP: 12 or 24 bytes. */
const CompactCandidate = bcs.struct('CompactCandidate', {
  kind: bcs.enum('CandidateKind', { Host: null, Srflx: null, Prflx: null, Relay: null }),
  priority: bcs.u32(),
  address: bcs.enum('CandidateAddress', { V4: bcs.fixedArray(4, bcs.u8()), V6: bcs.fixedArray(16, bcs.u8()) }),
  port: bcs.u16(),
})
export type CompactCandidateValue = typeof CompactCandidate.$inferInput

/** In one record: twelve of 24 bytes keep it below 1 KiB with seal and certificate. */
export const MAX_WHOLE_CANDIDATES = 12
const candidates = boundedVector(CompactCandidate, MAX_WHOLE_CANDIDATES)

/** An offer with all its candidates; `replaces` is the session of an offer of the other that came too late to be answered. */
export const WholeOffer = bcs.struct('WholeOffer', {
  description: CompactDescription,
  candidates,
  replaces: bcs.option(Bytes16),
})
export const WholeAnswer = bcs.struct('WholeAnswer', { description: CompactDescription, candidates })
