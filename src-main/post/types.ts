import type { SendResult, Urgency } from '../overlay/index.ts'
import type { OutboxRow } from '../store/index.ts'
import type { ConversationEventV1, DeviceCertificate, SealedContentValue } from '../wire/index.ts'

/** What became of an envelope: as the nodes answer, or `direct` where the device took it over a direct connection. */
export type Sent = SendResult | 'direct'

/** How a row went out: over a direct connection, relayed at once, or into a mailbox. */
export type MessageWay = 'direct' | 'relayed' | 'stored'

/** A way from this device to another; answers as soon as the other device or its mailbox has it on disk. */
export interface Carrier {
  /** Throws `offline` where there is no way now, or the refusal of a node. */
  send(
    to: { address: string; device: string },
    envelope: Uint8Array,
    urgency: Urgency,
    ttlMs: number,
    kind: OutboxRow['kind'],
  ): Promise<Sent>
}

/** An outbox row made ready: one envelope for each device that should have it. */
export interface Prepared {
  device: string
  envelope: Uint8Array
  groupId?: Uint8Array
  /** Of the device, and what it is, where they differ from the row's: not for the first one. */
  address?: string
  kind?: OutboxRow['kind']
}

/**
 * Makes the envelopes of a row that has none yet (no group or no device was known when it was written).
 * `undefined`: not possible yet, try later. It may answer `done` when it has itself replaced the row.
 */
export type Prepare = (row: OutboxRow) => Promise<Prepared[] | undefined>

export interface DeliveryEvents {
  /**
   * A row went forward: `stored` in the mailbox, `delivered` on the device, or `failed` for good with an error code. `way` the
   * first time that it goes out.
   */
  progress: { row: OutboxRow; state: 'stored' | 'delivered' | 'failed'; failure?: string; way?: MessageWay }
}

/** Who hears what arrives. Every method runs before the envelope is accepted: what it throws keeps the envelope waiting. */
export interface InboxHandlers {
  /** Inside the database transaction that also saves the MLS state: synchronous, must not throw for odd content. */
  onEvent(arrival: EventArrival): void
  /** After the commit of `onEvent`. */
  afterEvent(arrival: EventArrival): void
  onSealed(sender: DeviceCertificate, content: SealedContentValue, sentAt: number): Promise<void>
  /** A repeat of an envelope that was handled before: its sender may lack our receipt. */
  onRepeat(fromDevice: string): void
  /** A message of a group that this device does not have: ask its sender for a new one. */
  onUnreadable(fromDevice: string): Promise<void>
}

export interface EventArrival {
  chat: string
  author: string
  device: string
  event: ConversationEventV1
}
