import type { PaymentAnswerRow, PaymentRequestRow, TransferRow } from '../../store/index.ts'

/**
 * What a request is, from everything that was said and done, in whatever order that became known: a payment counts above
 * all, taking back above declining. Only the one who was asked may decline, only the one who asked may take back.
 */
export function stateOf(
  request: PaymentRequestRow,
  answers: readonly PaymentAnswerRow[],
  transfer: Pick<TransferRow, 'state' | 'digest'> | undefined,
  self: string,
): Pick<PaymentRequestRow, 'state' | 'digest'> {
  if (request.state === 'paid') return { state: 'paid', digest: request.digest }
  if (transfer && transfer.state !== 'failed') return { state: 'paying', digest: transfer.digest }
  const [asker, asked] = request.mine ? [self, request.chat] : [request.chat, self]
  const said = (answer: PaymentAnswerRow['answer'], by: string) =>
    answers.some((each) => each.answer === answer && each.author === by)
  if (said('cancelled', asker)) return { state: 'cancelled', digest: undefined }
  if (said('declined', asked)) return { state: 'declined', digest: undefined }
  return { state: 'open', digest: undefined }
}
