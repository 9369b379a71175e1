import * as v from 'valibot'
import { deviceIdSchema, feeSchema, nanosSchema, timeSchema } from './schemas.ts'

const nothing = v.strictObject({})
/** A node's public key as 64 lower-case hex digits. */
export const nodeIdSchema = deviceIdSchema
const bytesCount = v.pipe(v.number(), v.integer(), v.minValue(0))
/** NANOS for a relayed megabyte, a stored megabyte and day, a forwarded transaction. */
const pricesSchema = v.object({ relayedMb: v.bigint(), storedMbDay: v.bigint(), forwardedTransaction: v.bigint() })
const shownSchema = v.strictObject({
  relayedMb: nanosSchema,
  storedMbDay: nanosSchema,
  forwardedTransaction: nanosSchema,
})
const traffic = v.object({ sent: bytesCount, received: bytesCount })

export const nodeUsageSchema = v.object({
  /** The same string as in `network.status`; of one that is `gone` its id. */
  endpoint: v.string(),
  /** Absent until it was linked once. */
  nodeId: v.optional(nodeIdSchema),
  home: v.boolean(),
  /** `registered`: its record was found on the ledger, with these keys; `given`: named by the user; `named`: by another node; `gone`: a credit lies there, and it is not linked now. */
  source: v.picklist(['registered', 'given', 'named', 'gone']),
  /** Bytes of frames on links to this node since the program started. */
  traffic,
  /** Prices in NANOS, zeros where the node asks for nothing; absent where it has not told yet. */
  prices: v.optional(pricesSchema),
  /** NANOS that a stranger pays this node in advance for a contact request; absent where it asks for none. */
  postage: v.optional(v.bigint()),
  /** What the node serves without payment in a day, and what of it is used today, in bytes relayed. */
  allowance: v.optional(v.object({ bytesPerDay: bytesCount, usedBytes: bytesCount })),
  /**
   * The one-way channel to this node: deposited, promised by vouchers, and used but not promised yet, in NANOS. The last is what the node told, and the list price of what
   * was used since then; when the channel has ended it is owed from the next one.
   */
  credit: v.optional(
    v.object({
      channelId: v.string(),
      /** `elsewhere`: open, and of another device of the address, or of this one before it was restored; it can be closed here. */
      state: v.picklist(['opening', 'open', 'closing', 'closed', 'elsewhere']),
      deposited: v.bigint(),
      paid: v.bigint(),
      unpaid: v.bigint(),
    }),
  ),
  /** The node refuses further work until so many NANOS are deposited. */
  asks: v.optional(v.bigint()),
})

export const networkUsageSchema = v.object({
  /** One entry for each hour without a gap, oldest first, at most 24, the current hour last. In memory: begins with the first traffic of the program. */
  hours: v.array(v.object({ at: timeSchema, nodes: traffic, direct: traffic })),
  /** Messages by the path that they took since the program started. */
  messages: v.object({ direct: bytesCount, relayed: bytesCount, stored: bytesCount }),
  nodes: v.array(nodeUsageSchema),
  /** NANOS that vouchers promised to all nodes since the profile was made. */
  paid: v.bigint(),
})

const givenNodeSchema = v.object({
  /** `wss://host:port#FINGERPRINT`: SHA-256 of the TLS certificate, 64 hex digits. */
  address: v.string(),
  /** Given when the program was started (`--s2`): there again with the next start, and not removed by a call. */
  atStart: v.boolean(),
})
const givenNodesSchema = v.object({ nodes: v.array(givenNodeSchema) })
const nodeAddressInput = v.strictObject({ address: v.pipe(v.string(), v.maxLength(2048)) })

/** What the network screen shows beyond `network.status`, and paying a node for its service. */
export const overlayMethods = {
  /** The relay nodes that the user gave for this ledger: those of the start, and those added. */
  'network.givenNodes': { input: nothing, output: givenNodesSchema },
  /**
   * Adds a node by its address, `wss://host:port#FINGERPRINT` as its operator tells it, for this ledger; kept in the profile and used at once. It is linked to before:
   * `invalid_params` with reason `node_address`: not of this form; `offline` or `timeout` with `node_away`: no node answers there; `bad_signature` with
   * `node_certificate`: it shows another certificate than that of the address; `conflict` with `node_other_ledger`: it serves another ledger, `node_known`: it is given
   * already, `node_limit`: 64 are. `ledger_unreachable`: no ledger was ever reached, so none of its nodes can be told.
   */
  'network.addNode': { input: nodeAddressInput, output: givenNodesSchema },
  /**
   * Takes a node back that was added; its link ends at once. Other nodes, or the registry, may still name it. `conflict` with reason `node_at_start`: it was
   * given at the start. `not_found`: it is not given.
   */
  'network.removeNode': { input: nodeAddressInput, output: givenNodesSchema },
  /** What the nodes and direct connections carried since the program started, and what nodes cost: prices, free allowances, credits. */
  'network.usage': { input: nothing, output: networkUsageSchema },
  /**
   * What depositing `nanos` at a node would cost, without doing it: `total` leaves the balance in all, of which `nanos` comes back as far as it is not used.
   * `conflict` with reason `other_prices`: the node tells other prices than its record on the ledger; `not_supported`: it asks for nothing;
   * `not_found`: no such node was linked since the program started; `invalid_params`: of less than 1 NANO.
   */
  'network.creditCost': {
    input: v.strictObject({ nodeId: nodeIdSchema, nanos: nanosSchema }),
    output: v.object({ fee: feeSchema, total: v.bigint() }),
  },
  /**
   * Deposits NANOS in this device's one-way channel to the node (or adds to it): the node is paid from there by vouchers as it is used. `prices`: those
   * that the user was shown and agrees to. `conflict` with reason `higher_prices`: the node tells higher ones now; else it is paid by what it tells now and never
   * by more. Without `prices` the deposit pays for postage only, and for use as far as was agreed before. What was refused for want of money is sent then.
   * `timeout`: the deposit, or one before it, is on its way; nothing is deposited twice.
   */
  'network.openCredit': {
    input: v.strictObject({ nodeId: nodeIdSchema, nanos: nanosSchema, prices: v.optional(shownSchema) }),
    output: v.object({ channelId: v.string(), digest: v.string(), fee: feeSchema }),
  },
  /**
   * What ending the channel would cost and bring, without doing it: nothing is signed, and the node is not asked to agree. `fee`: what the ledger and whoever forwards to it take
   * at most, whichever way it ends; the channel's storage deposit comes back beside it. `returned`: comes back at least (of a channel that is `elsewhere`: at
   * most), `kept`: stays with the node. `atOnce`: the node is linked and may agree; otherwise what comes back is there `windowMs` after the end. `insufficient_funds`: the
   * balance does not hold the fee.
   */
  'network.closeCost': {
    input: v.strictObject({ nodeId: nodeIdSchema }),
    output: v.object({
      fee: feeSchema,
      returned: v.bigint(),
      kept: v.bigint(),
      atOnce: v.boolean(),
      windowMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
    }),
  },
  /**
   * Ends the channel (of this device, or else one that is `elsewhere`). What was not promised comes back at `at`: now where the node agrees, otherwise
   * when the challenge time ends, by itself as long as the program runs then. Of a channel that is `elsewhere` `returned` is the most that it can be,
   * as the node may show more vouchers. `not_found`: there is no credit; `conflict` with reason `credit_closing`: it is ending already. `payment_required`: what was used has not been promised yet. `mostFee`: NANOS of fees that the user was
   * shown; `conflict` with reason `higher_fee` where it takes more now, and nothing is done. `fee`: of what was signed.
   */
  'network.closeCredit': {
    input: v.strictObject({ nodeId: nodeIdSchema, mostFee: v.optional(nanosSchema) }),
    output: v.object({ returned: v.bigint(), at: timeSchema, fee: feeSchema }),
  },
} as const

export type NetworkUsage = v.InferOutput<typeof networkUsageSchema>
export type GivenNode = v.InferOutput<typeof givenNodeSchema>
export type NodeUsage = v.InferOutput<typeof nodeUsageSchema>
