import * as v from 'valibot'
import {
  activityKinds,
  addressInputSchema,
  addressSchema,
  feeSchema,
  nanosSchema,
  nameSchema,
  noteSchema,
  paymentStates,
  timeSchema,
  transactionSchema,
} from './schemas.ts'

const nothing = v.strictObject({})
const limit = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 50)
/** Account index of BIP-44; 0 is the one that is also the identity. */
const accountIndexSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1))
const account = v.optional(accountIndexSchema, 0)
const digestSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
const requestIdSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/))

/** A payment that is written down. `pending`: the ledger has not confirmed it yet; an event tells when it has. */
const paidSchema = v.object({ digest: v.string(), fee: feeSchema, state: v.picklist(['pending', 'done']) })

/** Where a payment goes and how much: either a number of NANOS, or `all` that the account has, the fee taken from it. */
const paymentEntries = {
  to: addressInputSchema,
  nanos: v.optional(nanosSchema),
  all: v.optional(v.boolean()),
  account,
}

/** What a payment will cost; a `deposit` below zero is what merged coins give back, and may be more than is burned. */
export const estimateSchema = v.object({
  /** Of all its transactions. */
  fee: feeSchema,
  /** NANOS that arrive; for `all` what is left after the fee. */
  nanos: v.bigint(),
  /** NANOS that leave the balance in all. */
  total: v.bigint(),
  /** Above 1 where the balance lies in so many coins that some must be merged first. */
  transactions: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
})

export const accountSchema = v.object({
  index: accountIndexSchema,
  address: addressSchema,
  checksummed: v.string(),
  name: v.string(),
})

export const coinBalanceSchema = v.object({
  /** Full type such as `0x2::iota::IOTA`. */
  coinType: v.string(),
  symbol: v.string(),
  name: v.string(),
  /** Decimal places of the amount shown. */
  decimals: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** In the smallest unit. */
  amount: v.bigint(),
  /** Coin objects that it is spread over. */
  objects: v.pipe(v.number(), v.integer(), v.minValue(0)),
})

/** What the activity list shows; every entry that is given must hold. */
export const activityFilterSchema = v.strictObject({
  direction: v.optional(v.picklist(['in', 'out', 'self'])),
  state: v.optional(v.picklist(paymentStates)),
  /** Any of these; without it every kind, also records that strangers left. */
  kinds: v.optional(v.pipe(v.array(v.picklist(activityKinds)), v.minLength(1), v.maxLength(activityKinds.length))),
  /** Part of a name, an address, a note or a digest. */
  text: v.optional(v.pipe(v.string(), v.maxLength(200))),
  from: v.optional(timeSchema),
  to: v.optional(timeSchema),
})

export const networkNames = ['local', 'testnet', 'mainnet', 'custom'] as const
/** A ledger to choose from; each has its own data in the profile. */
export const networkChoiceSchema = v.object({
  network: v.picklist(networkNames),
  /** RPC URL; absent for a local ledger that is not known yet. */
  url: v.optional(v.string()),
  chosen: v.boolean(),
})

export const paymentLinkSchema = v.object({
  address: addressSchema,
  nanos: v.optional(v.bigint()),
  note: v.optional(v.string()),
  /** The network that the link names. */
  network: v.optional(v.picklist(networkNames)),
})

export const walletMethods = {
  'wallet.accounts': { input: nothing, output: v.object({ accounts: v.array(accountSchema) }) },
  /** The next index of the same recovery phrase. */
  'wallet.addAccount': { input: v.strictObject({ name: v.optional(nameSchema) }), output: accountSchema },
  'wallet.renameAccount': { input: v.strictObject({ account, name: nameSchema }), output: accountSchema },
  'wallet.balance': {
    input: v.strictObject({ account }),
    output: v.object({
      address: addressSchema,
      nanos: v.bigint(),
      /** Present while the ledger does not answer: when this was so. */
      asOf: v.optional(timeSchema),
    }),
  },
  /** Every type of coin that the account holds, IOTA first. */
  'wallet.coins': { input: v.strictObject({ account }), output: v.object({ coins: v.array(coinBalanceSchema) }) },
  'wallet.estimate': {
    /** With the `requestId` of a request that is to be paid: that takes other coins than a payment by itself. */
    input: v.strictObject({ ...paymentEntries, requestId: v.optional(requestIdSchema) }),
    output: estimateSchema,
  },
  /**
   * Pays. With a `paymentId`, chosen at random by the caller, the call may be repeated, also after a crash: the same id
   * stands for the same payment for ever. Another payment under an id that is taken is a `conflict` with reason `payment_id`.
   * `conflict` with reason `coins_changed`: nothing was paid; `payment_failed`: it failed on the ledger, which took the fee.
   */
  'wallet.send': {
    input: v.strictObject({ ...paymentEntries, note: v.optional(noteSchema), paymentId: v.optional(requestIdSchema) }),
    output: paidSchema,
  },
  /** A note to oneself on a payment: it stays on this device. An empty one takes it away. */
  'wallet.setNote': { input: v.strictObject({ digest: digestSchema, note: noteSchema }), output: nothing },
  /** Newest first. */
  'wallet.history': {
    input: v.strictObject({
      account,
      limit,
      before: v.optional(v.string()),
      filter: v.optional(activityFilterSchema),
    }),
    output: v.object({ transactions: v.array(transactionSchema) }),
  },
  'wallet.transaction': {
    input: v.strictObject({ digest: digestSchema, account }),
    output: v.object({
      transaction: transactionSchema,
      /** Page of a public explorer; absent for a local ledger. */
      explorerUrl: v.optional(v.string()),
      checkpoint: v.optional(v.string()),
      epoch: v.optional(v.string()),
    }),
  },
  /** Every activity that the filter lets through, as RFC 4180 text with a header line; at most 10,000 lines. */
  'wallet.exportCsv': {
    input: v.strictObject({ account, filter: v.optional(activityFilterSchema) }),
    output: v.object({ fileName: v.string(), csv: v.string(), complete: v.boolean() }),
  },
  /** Tokens of no value from the local ledger's faucet; `not_supported` elsewhere. */
  'wallet.faucet': { input: v.strictObject({ account }), output: v.object({ nanos: v.bigint() }) },
  /** Asks the other of a 1:1 chat for money; it stands in the chat as a card. */
  'wallet.request': {
    input: v.strictObject({ chat: addressInputSchema, nanos: nanosSchema, note: v.optional(noteSchema) }),
    output: v.object({ requestId: requestIdSchema }),
  },
  /** Pays a request that someone made of this user. The other sees it in the card. */
  'wallet.payRequest': {
    input: v.strictObject({ requestId: requestIdSchema, account }),
    output: paidSchema,
  },
  'wallet.declineRequest': { input: v.strictObject({ requestId: requestIdSchema }), output: nothing },
  /** Takes back a request of one's own that was not paid yet. */
  'wallet.cancelRequest': { input: v.strictObject({ requestId: requestIdSchema }), output: nothing },
  /** Links that ask for money to an account: `parley:` for Parley, `iota:` for other wallets. */
  'wallet.receiveLink': {
    input: v.strictObject({ nanos: v.optional(nanosSchema), note: v.optional(noteSchema), account }),
    output: v.object({ parley: v.string(), iota: v.string() }),
  },
  /** Reads a `parley:` or `iota:` link or an address. A link for another network is a `conflict` with reason `wrong_network`. */
  'wallet.readLink': {
    input: v.strictObject({ link: v.pipe(v.string(), v.minLength(1), v.maxLength(2000)) }),
    output: paymentLinkSchema,
  },

  'network.choices': { input: nothing, output: v.object({ networks: v.array(networkChoiceSchema) }) },
  /** Goes over to another ledger: contacts, chats and payments there are its own. `url` is needed for `custom` only. */
  'network.choose': {
    input: v.strictObject({ network: v.picklist(networkNames), url: v.optional(v.pipe(v.string(), v.maxLength(500))) }),
    output: v.object({ networks: v.array(networkChoiceSchema) }),
  },
} as const

export type WalletAccount = v.InferOutput<typeof accountSchema>
export type CoinBalance = v.InferOutput<typeof coinBalanceSchema>
export type Estimate = v.InferOutput<typeof estimateSchema>
export type ActivityFilter = v.InferOutput<typeof activityFilterSchema>
export type NetworkChoice = v.InferOutput<typeof networkChoiceSchema>
export type NetworkName = (typeof networkNames)[number]
export type PaymentLink = v.InferOutput<typeof paymentLinkSchema>
