/**
 * Requests for money in 1:1 chats: asked, paid, declined, taken back. Believed paid only when the ledger shows it.
 *
 *   const { requestId } = await payments.request(bob, 5_000_000_000n, 'Lunch')
 *   const { digest } = await payments.pay(requestId, 0) // on Bob's side
 */
export { Payments } from './payments.ts'
export type { PaymentChats, PaymentsParts, PaymentWallet, RequestPayment } from './types.ts'
