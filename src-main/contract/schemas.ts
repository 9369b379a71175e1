import * as v from 'valibot'

/** A ledger address in canonical form: `0x` and 64 lower-case hex digits. */
export const addressSchema = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]{64}$/, 'an address is 0x and 64 hexadecimal digits'),
)

/** What a person may paste as an address: checked and made canonical by the main process (`bad_address`). */
export const addressInputSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(300))

/** A device's Ed25519 public key as 64 lower-case hex digits. */
export const deviceIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

/** An amount in NANOS (1 IOTA = 1e9 NANOS): bigint inside, decimal string in JSON. */
export const nanosSchema = v.union([
  v.pipe(v.bigint(), v.minValue(0n)),
  v.pipe(
    v.string(),
    v.regex(/^(0|[1-9]\d{0,19})$/, 'an amount is a whole number of NANOS'),
    v.transform((text) => BigInt(text)),
  ),
])

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const timeSchema = v.pipe(v.number(), v.integer(), v.minValue(0))

export const nameSchema = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64))
export const messageIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
export const passphraseSchema = v.pipe(v.string(), v.minLength(8), v.maxLength(1024))

/** Text of one chat message, in UTF-16 units; the wire limit of 16 KiB is checked on the encoded event. */
export const textSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(8000))

export const contactStates = ['requested', 'incoming', 'accepted', 'blocked'] as const
export const contactSchema = v.object({
  address: addressSchema,
  /** The name that this user gave or accepted. */
  name: v.string(),
  /** The name in the other's own request, if one came. */
  theirName: v.optional(v.string()),
  /** The note in the other's request. */
  note: v.optional(v.string()),
  state: v.picklist(contactStates),
  verified: v.boolean(),
  online: v.boolean(),
  addedAt: timeSchema,
  /** For `requested`: whether the request has reached the other's device or mailbox yet. */
  requestState: v.optional(v.picklist(['sending', 'stored', 'delivered', 'failed'])),
})

export const messageStates = ['sending', 'stored', 'delivered', 'read', 'failed'] as const
export const messageSchema = v.object({
  id: messageIdSchema,
  /** The 1:1 chat's id: the other's address. */
  chat: addressSchema,
  author: addressSchema,
  outgoing: v.boolean(),
  text: v.optional(v.string()),
  sentAt: timeSchema,
  state: v.picklist(messageStates),
  /** For `failed`: the reason as an error code; the window has words for it. */
  failure: v.optional(v.string()),
})

export const chatSchema = v.object({
  id: addressSchema,
  kind: v.picklist(['direct', 'group']),
  title: v.string(),
  unread: v.pipe(v.number(), v.integer()),
  last: v.optional(messageSchema),
})

export const feeSchema = v.object({
  /** NANOS that are gone for good. */
  burned: v.bigint(),
  /** NANOS of storage deposit, refunded when the coin is merged or deleted; negative where this transaction gets more back. */
  deposit: v.bigint(),
  /** NANOS to an S2 node for forwarding. */
  relay: v.bigint(),
})

export const transactionSchema = v.object({
  digest: v.string(),
  direction: v.picklist(['in', 'out', 'self']),
  /** The other's address, where there is one. */
  counterparty: v.optional(addressSchema),
  /** NANOS that moved, without the fee. */
  nanos: v.bigint(),
  fee: v.optional(feeSchema),
  at: timeSchema,
  state: v.picklist(['pending', 'done', 'failed']),
  failure: v.optional(v.string()),
})

export const pathSchema = v.picklist(['direct', 'relay', 'ledger', 'offline'])
export const linkStateSchema = v.picklist(['connecting', 'connected', 'waiting', 'stopped'])
export const networkStatusSchema = v.object({
  ledger: v.object({
    /** The RPC URL that the user chose. */
    url: v.string(),
    /** Local ledger, testnet, mainnet or the user's own URL. */
    network: v.picklist(['local', 'testnet', 'mainnet', 'custom']),
    chain: v.optional(v.string()),
    state: v.picklist(['reachable', 'unreachable', 'unknown']),
    /** When it was last reached. */
    since: v.optional(timeSchema),
  }),
  links: v.array(
    v.object({
      endpoint: v.string(),
      state: linkStateSchema,
      /** Whether this node is one of this address's home nodes. */
      home: v.boolean(),
      rttMs: v.optional(v.number()),
      /** A sentence's code for why it is not connected. */
      reason: v.optional(v.string()),
    }),
  ),
  peers: v.array(v.object({ address: addressSchema, path: pathSchema, rttMs: v.optional(v.number()) })),
})

export const settingsSchema = v.object({
  theme: v.picklist(['system', 'light', 'dark']),
  locale: v.picklist(['system', 'en', 'de']),
  /** Minutes without use until the app locks; 0 = never. */
  autoLockMinutes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1440)),
  /** Whether other devices may learn this device's network address to connect directly. */
  directConnections: v.boolean(),
})

export type Contact = v.InferOutput<typeof contactSchema>
export type Message = v.InferOutput<typeof messageSchema>
export type MessageState = Message['state']
export type ContactState = Contact['state']
export type Chat = v.InferOutput<typeof chatSchema>
export type Fee = v.InferOutput<typeof feeSchema>
export type Transaction = v.InferOutput<typeof transactionSchema>
export type NetworkStatus = v.InferOutput<typeof networkStatusSchema>
export type Settings = v.InferOutput<typeof settingsSchema>
export type PathKind = v.InferOutput<typeof pathSchema>
export type LinkState = v.InferOutput<typeof linkStateSchema>
