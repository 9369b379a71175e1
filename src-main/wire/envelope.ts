import { bcs } from '@iota/bcs'
import { Bytes16, Bytes32, ByteVector } from './identity.ts'

/** Milliseconds since 1970 on the wire. */
export const Time = bcs.u64().transform({ input: (ms: number) => BigInt(ms), output: (ms) => Number(ms) })

/** What an envelope's body is: an MLS message of a group, or a payload sealed to one device. */
export const EnvelopeBody = bcs.enum('EnvelopeBody', {
  /**
   * MLS message (application message or commit) of the group with this 32-byte id. An empty one is a hint: the group's log
   * has a key update that the receiver may not know of.
   */
  Group: bcs.struct('GroupBody', { groupId: Bytes32, message: ByteVector }),
  /** A `SealedPayload` under HPKE to the recipient device's sealing key: `enc` 32 bytes and the ciphertext. */
  Sealed: bcs.struct('SealedBody', { enc: Bytes32, ciphertext: ByteVector }),
})

/**
 * The unit that travels between two devices, by relay, mailbox or data channel alike.
 * `id` is random, chosen by the sender, and the same when sent again: the receiver drops what it has seen.
 */
export const Envelope = bcs.enum('Envelope', {
  V1: bcs.struct('EnvelopeV1', {
    id: Bytes16,
    /** The sending device's public key; on a link the node checks it against the authenticated device. */
    from: Bytes32,
    sentAt: Time,
    body: EnvelopeBody,
  }),
})
export type EnvelopeBodyInput = typeof EnvelopeBody.$inferInput
export type EnvelopeV1 = NonNullable<(typeof Envelope.$inferType)['V1']>

/** A key update in a group's log: the parts of an MLS private message (RFC 9420, section 6.3) that are not its head. */
export const KeyUpdateEntry = bcs.enum('KeyUpdateEntry', {
  V1: bcs.struct('KeyUpdateEntryV1', { senderData: ByteVector, ciphertext: ByteVector }),
})

/** What is inside a `Sealed` body, signed by the sender's device (domain parley/sealed/1). */
export const SealedContent = bcs.enum('SealedContent', {
  ContactRequest: bcs.struct('ContactRequest', { name: bcs.string(), note: bcs.string() }),
  /** The request is accepted; the Welcome brings the requester into the conversation's MLS group. */
  ContactAccept: bcs.struct('ContactAccept', { name: bcs.string(), welcome: ByteVector, generation: bcs.u32() }),
  /** A Welcome by itself: a new group for a conversation that exists (resync, or a rival invitation). */
  Welcome: bcs.struct('Welcome', { welcome: ByteVector, generation: bcs.u32() }),
  /** WebRTC signalling, opaque here; see peer/. */
  Signal: ByteVector,
  /**
   * The sender cannot read the conversation any more (lost state): please start a new group. From a device of the own user: it
   * may be in none, please look which conversations lack it.
   */
  ResyncRequest: bcs.struct('ResyncRequest', { reason: bcs.string() }),
  /** A `RoomMessage`, opaque here; see features/rooms. */
  Room: ByteVector,
  /** From a device of the own user: a group of the conversation with this contact, with the names as they stand there. */
  OwnWelcome: bcs.struct('OwnWelcome', {
    contact: Bytes32,
    name: bcs.string(),
    theirName: bcs.option(bcs.string()),
    welcome: ByteVector,
    generation: bcs.u32(),
  }),
})
/** To make one; a received one has `$kind` as well. */
export type SealedContentInput = typeof SealedContent.$inferInput
export type SealedContentValue = typeof SealedContent.$inferType

const SealedBodyV1 = bcs.struct('SealedPayloadV1', {
  /** The sender's `SignedDeviceCertificate`. */
  certificate: ByteVector,
  /** The device that it is meant for. */
  recipient: Bytes32,
  sentAt: Time,
  content: SealedContent,
})
export const SealedPayloadBody = bcs.enum('SealedPayload', { V1: SealedBodyV1 })
/** `body` are the BCS bytes of SealedPayloadBody, `signature` the sender device's over their digest. */
export const SealedPayload = bcs.struct('SignedSealedPayload', { body: ByteVector, signature: ByteVector })
