import { bcs, fromBase58, toBase58 } from '@iota/bcs'
import { Bytes16, Bytes32 } from './identity.ts'
import { Time } from './envelope.ts'
import { RoomEvent } from './room.ts'
import { boundedVector } from './vector.ts'

/** Hybrid logical clock: `time` in ms and a counter for events of the same millisecond; orders a conversation's events. */
export const HybridClock = bcs.struct('HybridClock', { time: Time, count: bcs.u32() })
export type HybridClockValue = typeof HybridClock.$inferType

/** A ledger digest as its 32 bytes; throws for what is no base58. */
export function digestBytes(text: string): Uint8Array {
  return fromBase58(text)
}

export function digestText(bytes: Uint8Array): string {
  return toBase58(bytes)
}

/** What became of a request for money; `digest` is the ledger's transaction. */
const PaymentOutcome = bcs.enum('PaymentOutcome', {
  Paid: bcs.struct('Paid', { digest: Bytes32 }),
  Declined: null,
  Cancelled: null,
})

/** What a conversation event says. New variants are only ever added at the end. */
export const EventBody = bcs.enum('EventBody', {
  Text: bcs.struct('Text', { text: bcs.string() }),
  /** Message ids that arrived at the author's device. */
  Delivered: bcs.struct('Delivered', { messages: boundedVector(Bytes16, 1_000) }),
  /** Everything of the other up to this message has been read. */
  Read: bcs.struct('Read', { upTo: Bytes16 }),
  /** In a room; the group is the pair's, the room stands in the event. */
  Room: RoomEvent,
  /** The author asks the other for so many NANOS. */
  PaymentRequest: bcs.struct('PaymentRequest', { requestId: Bytes16, nanos: bcs.u64(), note: bcs.string() }),
  /** Paid or declined by the one who was asked, cancelled by the one who asked. */
  PaymentAnswer: bcs.struct('PaymentAnswer', { requestId: Bytes16, outcome: PaymentOutcome }),
})

/** One conversation event, inside an MLS application message: author and device come from the MLS leaf. */
export const ConversationEvent = bcs.enum('ConversationEvent', {
  V1: bcs.struct('ConversationEventV1', {
    id: Bytes16,
    clock: HybridClock,
    body: EventBody,
  }),
})
export type PaymentOutcomeInput = typeof PaymentOutcome.$inferInput
/** To make one; a received one's body has `$kind` as well. */
export type ConversationEventInput = NonNullable<(typeof ConversationEvent.$inferInput)['V1']>
export type ConversationEventV1 = NonNullable<(typeof ConversationEvent.$inferType)['V1']>
