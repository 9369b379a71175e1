import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { MessageRow, PaymentRequestRow, TransferRow } from '../../store/index.ts'
import type { PaidRequest } from './types.ts'

export function newRequest(
  row: MessageRow,
  requestId: string,
  nanos: bigint,
  note: string,
  mine: boolean,
): PaymentRequestRow {
  const { chat, id: messageId, receivedAt: createdAt } = row
  return { requestId, chat, messageId, mine, nanos, note, state: 'open', digest: undefined, createdAt }
}

export function mustBeOpen({ state }: PaymentRequestRow): void {
  if (state !== 'open')
    throw new ParleyError('conflict', `This request is not open any more: it is ${state}.`, {
      reason: `request_${state}`,
    })
}

export function paidMeanwhile(): ParleyError {
  return new ParleyError('conflict', 'Another device of yours has paid this request.', { reason: 'request_paid' })
}

/** Whether another device of this user may be the reason. */
export function isLost(thrown: unknown): boolean {
  const { code, reason } = toParleyError(thrown)
  return code === 'insufficient_funds' || reason === 'coins_changed' || reason === 'request_paid'
}

/** Of a transfer that did not fail. */
export function paidBy({ digest, burned, deposit, relay, state }: TransferRow): PaidRequest {
  return { digest, fee: { burned, deposit, relay }, state: state === 'done' ? 'done' : 'pending' }
}
