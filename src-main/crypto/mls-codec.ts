import { bcs } from '@iota/bcs'
import {
  decodeGroupState,
  decodeMlsMessage,
  encodeGroupState,
  encodeMlsMessage,
  type GroupContext,
  type GroupState,
  type KeyPackage,
  type MLSMessage,
  type PrivateKeyPackage,
  type PrivateMessage,
  type Welcome,
} from 'ts-mls'
import { concat } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import {
  ByteVector,
  decodeStrict,
  encode,
  KeyUpdateEntry,
  MAX_ENVELOPE_BYTES,
  MAX_KEY_PACKAGE_BYTES,
  MAX_LOG_ENTRY_BYTES,
} from '../wire/index.ts'
import { MAX_STATE_BYTES, MLS_SUITE } from './mls-constants.ts'
import { MlsError } from './mls-error.ts'
import { NO_SIGNATURE_KEY } from './mls-suite.ts'

const VERSION = 'mls10'
/** First byte of a stored state; another form of ts-mls gets another number. */
const STATE_VERSION = 1

/** The private half of a key package as it is stored: two X-Wing seeds of 32 bytes. */
const PrivateHalf = bcs.struct('KeyPackagePrivate', { initKey: ByteVector, leafKey: ByteVector })
const MAX_PRIVATE_HALF_BYTES = 256

export function encodeKeyPackage(keyPackage: KeyPackage): Uint8Array<ArrayBuffer> {
  return own(encodeMlsMessage({ version: VERSION, wireformat: 'mls_key_package', keyPackage }))
}

/** Throws `invalid_params`, `too_large`, or `not_supported` for another ciphersuite. */
export function decodeKeyPackage(bytes: Uint8Array): KeyPackage {
  const message = decode(bytes, MAX_KEY_PACKAGE_BYTES, 'The key package')
  if (message.wireformat !== 'mls_key_package') throw new ParleyError('invalid_params', 'This is not a key package.')
  requireSuite(message.keyPackage.cipherSuite)
  return message.keyPackage
}

export function encodePrivateHalf(keys: PrivateKeyPackage): Uint8Array<ArrayBuffer> {
  const half = { initKey: keys.initPrivateKey, leafKey: keys.hpkePrivateKey }
  return encode(PrivateHalf, half, MAX_PRIVATE_HALF_BYTES)
}

export function decodePrivateHalf(bytes: Uint8Array): PrivateKeyPackage {
  const half = decodeStrict(PrivateHalf, bytes, 'The stored key', MAX_PRIVATE_HALF_BYTES)
  return { initPrivateKey: half.initKey, hpkePrivateKey: half.leafKey, signaturePrivateKey: NO_SIGNATURE_KEY }
}

/** A Welcome must fit an envelope; a larger group than that is `too_large`. */
export function encodeWelcome(welcome: Welcome): Uint8Array<ArrayBuffer> {
  return bounded(encodeMlsMessage({ version: VERSION, wireformat: 'mls_welcome', welcome }), MAX_ENVELOPE_BYTES)
}

export function decodeWelcome(bytes: Uint8Array): Welcome {
  const message = decode(bytes, MAX_ENVELOPE_BYTES, 'The invitation')
  if (message.wireformat !== 'mls_welcome') throw new ParleyError('invalid_params', 'This is not an invitation.')
  requireSuite(message.welcome.cipherSuite)
  return message.welcome
}

export function encodeMessage(message: MLSMessage): Uint8Array<ArrayBuffer> {
  return bounded(encodeMlsMessage(message), MAX_ENVELOPE_BYTES)
}

export function encodePrivateMessage(privateMessage: PrivateMessage): Uint8Array<ArrayBuffer> {
  return encodeMessage({ version: VERSION, wireformat: 'mls_private_message', privateMessage })
}

/** Only encrypted messages of members are ever taken: nothing in clear, and no joining from outside. */
export function decodePrivateMessage(bytes: Uint8Array): PrivateMessage {
  const message = decode(bytes, MAX_ENVELOPE_BYTES, 'The message')
  if (message.wireformat !== 'mls_private_message')
    throw new ParleyError('invalid_params', 'This is not an encrypted message of a conversation.')
  return message.privateMessage
}

/** A commit as it stands in the group's log: without its head, which the members know. */
export function encodeLogEntry(commit: PrivateMessage): Uint8Array<ArrayBuffer> {
  const { encryptedSenderData, ciphertext } = commit
  return encode(KeyUpdateEntry, { V1: { senderData: encryptedSenderData, ciphertext } }, MAX_LOG_ENTRY_BYTES)
}

/** The commit of an entry if it is of this group and epoch: what stands in the head is authenticated by both ciphertexts. */
export function decodeLogEntry(entry: Uint8Array, { groupId, epoch }: GroupContext): PrivateMessage {
  const { senderData, ciphertext } = decodeStrict(KeyUpdateEntry, entry, 'The entry', MAX_LOG_ENTRY_BYTES).V1
  const head = { groupId, epoch, contentType: 'commit', authenticatedData: new Uint8Array() } as const
  return { ...head, encryptedSenderData: senderData, ciphertext }
}

export function encodeState(state: GroupState): Uint8Array<ArrayBuffer> {
  return bounded(concat(Uint8Array.of(STATE_VERSION), encodeGroupState(state)), MAX_STATE_BYTES)
}

/** Throws an MlsError `state_lost` for anything that `encodeState` did not make. */
export function decodeState(bytes: Uint8Array): GroupState {
  try {
    if (bytes[0] !== STATE_VERSION || bytes.length > MAX_STATE_BYTES)
      throw new RangeError('not a state of this version')
    // A copy: ts-mls decodes to views, which would keep the caller's buffer alive and change with it.
    const [state, length] = decodeGroupState(own(bytes), 1) ?? []
    if (!state || length !== bytes.length - 1) throw new RangeError('not a whole state')
    return state
  } catch (cause) {
    throw new MlsError('state_lost', { cause })
  }
}

function decode(bytes: Uint8Array, maxBytes: number, name: string): MLSMessage {
  if (bytes.length > maxBytes) throw new ParleyError('too_large', `${name} is larger than ${maxBytes} bytes.`)
  let decoded: [MLSMessage, number] | undefined
  try {
    decoded = decodeMlsMessage(own(bytes), 0)
  } catch (cause) {
    throw new ParleyError('invalid_params', `${name} cannot be read.`, { cause })
  }
  if (!decoded || decoded[1] !== bytes.length) throw new ParleyError('invalid_params', `${name} cannot be read.`)
  return decoded[0]
}

function requireSuite(suite: string): void {
  if (suite !== MLS_SUITE) throw new ParleyError('not_supported', 'The other device uses another kind of encryption.')
}

function bounded(bytes: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  if (bytes.length > maxBytes) throw new ParleyError('too_large', 'The conversation has grown too large to send this.')
  return own(bytes)
}

/** Bytes in a buffer of exactly their size, so that they can be handed to another thread. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
