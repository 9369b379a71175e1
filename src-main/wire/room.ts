import { bcs } from '@iota/bcs'
import { utf8 } from '../base/index.ts'
import { Time } from './envelope.ts'
import { Bytes16, Bytes32, Bytes64, ByteVector } from './identity.ts'
import { boundedVector } from './vector.ts'

/** The first bytes of a memo at a room's rendezvous; after them a nonce of 24 bytes and the sealed `RoomRecord`. */
export const ROOM_MAGIC = utf8('PLYr1')
/** A certificate, a key package with X-Wing keys, a name: about 3 KiB. */
export const MAX_TICKET_BYTES = 8 * 1024
/** A Welcome, or an envelope to hand on, with room for the seals around it. */
export const MAX_ROOM_MESSAGE_BYTES = 32 * 1024

/** How a member makes itself known to who has the room's secret (PROTOCOL section 7). */
export const RoomTicketBody = bcs.enum('RoomTicket', {
  V1: bcs.struct('RoomTicketV1', {
    /** The room's id. */
    room: Bytes32,
    /** `SignedDeviceCertificate` bytes. */
    certificate: ByteVector,
    /** A last-resort MLS key package, for the session with each other member. */
    keyPackage: ByteVector,
    /** The name that the member gives of itself. */
    name: bcs.string(),
    /** Random, new for each time that the member joins: the lower one of two initiates. */
    tag: Bytes16,
    issuedAt: Time,
  }),
})
export type RoomTicketV1 = NonNullable<(typeof RoomTicketBody.$inferType)['V1']>
/**
 * `signature` is the device key's over the digest of `body` (domain parley/room-ticket/1), `proof` an HMAC-SHA256 under the
 * room's member key over signature and body: it shows that the holder of the device knows the secret.
 */
export const SignedRoomTicket = bcs.struct('SignedRoomTicket', { body: ByteVector, signature: Bytes64, proof: Bytes32 })

/** What a record at a rendezvous says, inside the seal of the room's record key. */
export const RoomRecord = bcs.enum('RoomRecord', {
  /** `SignedRoomTicket` bytes. */
  Ticket: ByteVector,
  /** An `Envelope` with a sealed body, for one device. */
  Letter: bcs.struct('RoomLetter', { recipient: Bytes32, envelope: ByteVector }),
})

/** Between two members over their direct connection, inside a sealed payload. */
export const RoomMessage = bcs.struct('RoomMessage', {
  room: Bytes32,
  body: bcs.enum('RoomMessageBody', {
    /** First on each connection, and again when the name changes. `session`: the MLS group that the sender has for this pair. */
    Hello: bcs.struct('RoomHello', { ticket: ByteVector, session: bcs.option(Bytes32) }),
    /** The ticket of another member that the sender is connected to. */
    Introduce: bcs.struct('RoomIntroduce', { ticket: ByteVector }),
    /** An envelope for another member that the sender has no connection to. */
    Forward: bcs.struct('RoomForward', { recipient: Bytes32, envelope: ByteVector }),
    /** Brings the recipient into the MLS group of this pair of devices. */
    Welcome: bcs.struct('RoomWelcome', { welcome: ByteVector }),
    /** The sender cannot read the pair's group: a new one, please. */
    Renew: null,
    /** The sender has left the room for good. */
    Leave: null,
  }),
})
export type RoomMessageBodyInput = (typeof RoomMessage.$inferInput)['body']
export type RoomMessageValue = typeof RoomMessage.$inferType

/** What a conversation event says in a room; new variants are only ever added at the end. */
export const RoomEvent = bcs.struct('RoomEvent', {
  room: Bytes32,
  body: bcs.enum('RoomEventBody', {
    Text: bcs.struct('RoomText', { text: bcs.string() }),
    /** Message ids that arrived at the author's device. */
    Delivered: bcs.struct('RoomDelivered', { messages: boundedVector(Bytes16, 1_000) }),
  }),
})
export type RoomEventInput = typeof RoomEvent.$inferInput
