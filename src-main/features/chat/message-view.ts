import { fromHex } from '../../base/index.ts'
import type { Message } from '../../contract/index.ts'
import type { MessageRow, Store } from '../../store/index.ts'
import type { ConversationEventInput } from '../../wire/index.ts'

/** A message as the window shows it: with text, or with the request for money that it is. */
export function messageView({ paymentRequests }: Pick<Store, 'paymentRequests'>, row: MessageRow): Message {
  const request = row.requestId === undefined ? undefined : paymentRequests.get(row.requestId)
  return {
    id: row.id,
    chat: row.chat,
    author: row.author,
    outgoing: row.outgoing,
    ...(request === undefined ? { text: row.text } : {}),
    sentAt: row.sentAt,
    state: row.state,
    ...(row.failure === undefined ? {} : { failure: row.failure }),
    ...(request === undefined
      ? {}
      : {
          payment: {
            requestId: request.requestId,
            nanos: request.nanos,
            ...(request.note === '' ? {} : { note: request.note }),
            state: request.state,
            ...(request.digest === undefined ? {} : { digest: request.digest }),
          },
        }),
  }
}

/** What a message that is a request says on the wire; undefined for every other message. */
export function requestBody(
  { paymentRequests }: Pick<Store, 'paymentRequests'>,
  row: MessageRow,
): ConversationEventInput['body'] | undefined {
  const request = row.requestId === undefined ? undefined : paymentRequests.get(row.requestId)
  if (!request) return undefined
  return { PaymentRequest: { requestId: fromHex(request.requestId), nanos: request.nanos, note: request.note } }
}
