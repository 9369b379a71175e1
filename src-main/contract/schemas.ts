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

/** What the ledger counts amounts with: an unsigned number of 64 bits. */
const MAX_NANOS = 2n ** 64n - 1n
const WHOLE_NANOS = `an amount is a whole number of NANOS from 0 to ${MAX_NANOS}, as a bigint or a string of digits`

/** An amount in NANOS (1 IOTA = 1e9 NANOS): bigint inside, decimal string in JSON. */
export const nanosSchema = v.union(
  [
    v.pipe(v.bigint(), v.minValue(0n, WHOLE_NANOS), v.maxValue(MAX_NANOS, WHOLE_NANOS)),
    v.pipe(
      v.string(),
      v.regex(/^(0|[1-9]\d{0,19})$/, WHOLE_NANOS),
      v.transform((text) => BigInt(text)),
      v.maxValue(MAX_NANOS, WHOLE_NANOS),
    ),
  ],
  WHOLE_NANOS,
)

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const timeSchema = v.pipe(v.number(), v.integer(), v.minValue(0))

/**
 * What a name must not hold: control characters, line and paragraph separators, and characters that turn the direction of what
 * follows, which could dress one name or amount up as another (Unicode TR 36).
 */
const UNFIT = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** Something that a reader sees: U+2800, an empty Braille cell, is drawn as nothing although Unicode counts it a symbol. */
const VISIBLE = /[^\p{Default_Ignorable_Code_Point}\p{Cf}\p{Z}\u2800]/u

/** A name or a note made fit for one line, from wherever it came; empty where a reader would see nothing of it. */
export function oneLine(text: string, most: number): string {
  const line = text
    .toWellFormed()
    .normalize('NFC')
    .replace(UNFIT, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
    .slice(0, most)
    .toWellFormed()
  return VISIBLE.test(line) ? line : ''
}

export const nameSchema = v.pipe(
  v.string(),
  v.maxLength(64, 'a name has at most 64 characters'),
  v.transform((text) => oneLine(text, 64)),
  v.minLength(1, 'a name has at least one character that can be seen'),
)
export const noteSchema = v.pipe(
  v.string(),
  v.maxLength(200, 'a note has at most 200 characters'),
  v.transform((text) => oneLine(text, 200)),
)
export const messageIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))
export const passphraseSchema = v.pipe(v.string(), v.minLength(8), v.maxLength(1024))

/** Characters (UTF-16 units) of one chat message: with any script it fits an event on the wire (wire/limits.ts). */
export const MAX_TEXT_LENGTH = 8000

/** Text of one chat message; longer than MAX_TEXT_LENGTH is `too_large` by the chat itself. */
export const textSchema = v.pipe(
  v.string(),
  v.maxLength(1_000_000),
  v.check((text) => text.isWellFormed(), 'the text holds half a character (a lone surrogate)'),
  v.check((text) => text.trim() !== '', 'a message needs some text'),
)

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
  /**
   * For `requested`: the other's home nodes take requests of strangers for postage only, and nothing is paid before `contacts.add` with
   * `postage` agrees to it. In NANOS.
   */
  postage: v.optional(
    v.object({
      /** What the cheapest of them asks for the request. */
      nanos: v.bigint(),
      /** That node: its key as in `network.usage`, and `wss://host:port`. */
      nodeId: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      endpoint: v.string(),
      /** To be deposited there first, with `network.openCredit`; 0 where the credit is enough. */
      missing: v.bigint(),
      /** What may still be paid by what was agreed to. */
      agreed: v.bigint(),
    }),
  ),
})

export const messageStates = ['sending', 'stored', 'delivered', 'read', 'failed'] as const
/** A request for money as it stands in a chat. */
export const paymentRequestSchema = v.object({
  requestId: messageIdSchema,
  nanos: v.bigint(),
  note: v.optional(v.string()),
  /** `paying`: the payment was sent and the ledger has not confirmed it yet. */
  state: v.picklist(['open', 'paying', 'paid', 'declined', 'cancelled']),
  /** The payment, once there is one. */
  digest: v.optional(v.string()),
})

export const messageSchema = v.object({
  id: messageIdSchema,
  /** The 1:1 chat's id is the other's address, a room's chat has the room's id. */
  chat: addressSchema,
  author: addressSchema,
  /** In a room: the name that the author gives of itself. */
  authorName: v.optional(v.string()),
  outgoing: v.boolean(),
  text: v.optional(v.string()),
  sentAt: timeSchema,
  state: v.picklist(messageStates),
  /** For `failed`: the reason as an error code; the window has words for it. */
  failure: v.optional(v.string()),
  /** Set where the message is a payment request; `text` is then absent. */
  payment: v.optional(paymentRequestSchema),
})

export const chatSchema = v.object({
  id: addressSchema,
  kind: v.picklist(['direct', 'group', 'room']),
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

/**
 * `signalling`: a record that arranges connections, of this user or of a stranger; `merge`: of small coins of the account,
 * before a payment that needs more of them than one transaction takes; `credit`: deposited at a relay node (`out`), or its end, with what
 * comes back from there (`in`; nothing where the challenge time only begins).
 */
export const activityKinds = ['payment', 'faucet', 'signalling', 'merge', 'credit', 'other'] as const
export const paymentStates = ['pending', 'done', 'failed'] as const
export const transactionSchema = v.object({
  digest: v.string(),
  /** Index of the account that it belongs to. */
  account: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** What it was for: a plain payment, the faucet's gift, or a record of ION on the ledger. */
  kind: v.picklist(activityKinds),
  /** The user's note to itself. */
  note: v.optional(v.string()),
  direction: v.picklist(['in', 'out', 'self']),
  /** The other's address, where there is one. */
  counterparty: v.optional(addressSchema),
  /** NANOS that moved, without the fee. */
  nanos: v.bigint(),
  fee: v.optional(feeSchema),
  at: timeSchema,
  state: v.picklist(paymentStates),
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
    /** Why what answers at the URL is not used: it is another ledger than before, or one with data of its own in this profile. */
    refused: v.optional(v.picklist(['other_ledger', 'same_ledger'])),
  }),
  links: v.array(
    v.object({
      endpoint: v.string(),
      state: linkStateSchema,
      /** Whether this node is one of this address's home nodes. */
      home: v.boolean(),
      rttMs: v.optional(v.number()),
      /** Why it is not connected, as an error code; the window has words for it. */
      reason: v.optional(v.string()),
    }),
  ),
  /**
   * This computer's clock is so far ahead of what the S2 nodes' clocks say (negative: behind), in ms; absent below a minute. Nodes and other devices refuse what a
   * wrong clock signs.
   */
  clockAheadMs: v.optional(v.number()),
  /** Every linked node wants to be paid before it carries more: what waits goes once one of them has a deposit. */
  nodesAsk: v.optional(v.boolean()),
  /** `ledger`: a connection is being arranged through records on the ledger. */
  peers: v.array(
    v.object({
      address: addressSchema,
      path: pathSchema,
      rttMs: v.optional(v.number()),
      /** For `direct`: within one network, across routers, or through a TURN server that both can reach. */
      way: v.optional(v.picklist(['lan', 'nat', 'turn'])),
      /** For `direct`: the ledger arranged the connection. */
      arrangedBy: v.optional(v.literal('ledger')),
    }),
  ),
  /** Connections arranged through the ledger; absent while locked. */
  signalling: v.optional(
    v.object({
      /** Whether records may be written (`settings.ledgerSignalling`). */
      allowed: v.boolean(),
      /** Whether this device can be found by its address through the ledger. */
      card: v.picklist(['none', 'publishing', 'published', 'waiting']),
      /**
       * For `waiting`: why, as an error code such as `insufficient_funds`. `payment_required`: records are switched off and no
       * S2 node is set up, so requests and messages wait for as long.
       */
      reason: v.optional(v.string()),
      /** Records that were paid so far, and what they cost in all. */
      records: v.pipe(v.number(), v.integer()),
      spent: feeSchema,
    }),
  ),
})

export const settingsSchema = v.object({
  theme: v.picklist(['system', 'light', 'dark']),
  locale: v.picklist(['system', 'en', 'de']),
  /** Minutes without use until the app locks; 0 = never. */
  autoLockMinutes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1440)),
  /** Whether other devices may learn this device's network address to connect directly. */
  directConnections: v.boolean(),
  /** Takes the wallet and everything about money off the screen; nothing is lost. */
  walletHidden: v.boolean(),
  /**
   * Whether connections may be arranged through records on the ledger, which cost fees, while no S2 node can be used:
   * `auto` does so where none was given by hand and the ledger is a local one, whose tokens have no value; otherwise the
   * user has to agree (`on`).
   */
  ledgerSignalling: v.picklist(['auto', 'on', 'off']),
})

export type Contact = v.InferOutput<typeof contactSchema>
export type PaymentRequest = v.InferOutput<typeof paymentRequestSchema>
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
