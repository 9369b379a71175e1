import * as v from 'valibot'
import { roomEvents } from './rooms.ts'
import {
  addressSchema,
  contactSchema,
  messageIdSchema,
  messageSchema,
  messageStates,
  networkStatusSchema,
  settingsSchema,
  transactionSchema,
} from './schemas.ts'

/** Everything that the window or a bot may hear of. */
export const events = {
  message: messageSchema,
  'message.state': v.object({
    chat: addressSchema,
    messageId: messageIdSchema,
    state: v.picklist(messageStates),
    failure: v.optional(v.string()),
  }),
  /** A contact is new, changed or, with `removed`, gone. */
  contact: v.object({ contact: contactSchema, removed: v.boolean() }),
  presence: v.object({ address: addressSchema, online: v.boolean() }),
  /** New or changed; the balance that goes with it is asked for by `wallet.balance`. */
  'wallet.transaction': transactionSchema,
  /** The whole status, after any change. */
  network: networkStatusSchema,
  identity: v.object({ state: v.picklist(['none', 'locked', 'ready']) }),
  settings: settingsSchema,
  /** A contact's or chat's message changed after it was sent or received: a payment card, for one. */
  'message.changed': messageSchema,
  ...roomEvents,
} as const

export type EventName = keyof typeof events
export type EventPayload<K extends EventName> = v.InferOutput<(typeof events)[K]>
