/**
 * One-to-one text chat: events with an outbox, receipts, and the states sending, stored, delivered, read, failed.
 *
 *   const { messageId } = await chats.send(bob, 'Hello')
 *   chats.on('message.state', ({ messageId, state }) => …)
 */
export { Chats, type ChatsParts } from './chat.ts'

export { Receipts, type ReceiptsParts } from './receipts.ts'
export type { ChatDelivery, ChatEvents, ChatSessions } from './types.ts'
