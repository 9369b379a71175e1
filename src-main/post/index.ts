/**
 * The post: brings envelopes to devices and takes them in, over whichever way is open.
 *
 *   store.transaction(() => store.outbox.add(row))
 *   delivery.wake()
 *   delivery.on('progress', ({ row, state }) => …)   // stored, delivered or failed
 *   inbox.receive(bytes, fromDevice, accept)          // accept() runs once it is on disk
 *
 * Exactly once for the user: the outbox keeps a message until the other's own receipt, the receiver remembers
 * the ids that it has handled, and an envelope is accepted only after the commit that holds its effect.
 */
export { MESSAGE_TTL_MS, SIGNAL_TTL_MS } from './constants.ts'
export { Delivery, type DeliveryParts } from './delivery.ts'
export { makeEnvelope, readEnvelope } from './envelopes.ts'
export { Inbox, type InboxParts } from './inbox.ts'
export { openContent, type OpenedContent, sealContent, type Sealer } from './sealing.ts'
export type {
  Carrier,
  DeliveryEvents,
  EventArrival,
  InboxHandlers,
  MessageWay,
  Prepare,
  Prepared,
  Sent,
} from './types.ts'
