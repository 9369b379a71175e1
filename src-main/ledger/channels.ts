import type { Fee } from '../contract/index.ts'

/** A party acts from its payout address and signs with its key. */
export interface ChannelParty {
  /** Ed25519 public key, 32 bytes. */
  key: Uint8Array
  /** `0x…` */
  payout: string
}

/** A `Channel<IOTA>` of the Move module `channel` as it stands on the ledger. */
export interface LedgerChannel {
  /** Object id, `0x…`. */
  id: string
  /** The chain's identifier that was given at the opening: whoever joins checks it. */
  chain: string
  parties: ChannelParty[]
  /** The challenge window in milliseconds. */
  windowMs: number
  /** NANOS that it holds now. */
  funds: bigint
  /** NANOS that the parties had together when `deposits` began. */
  base: bigint
  deposits: { party: number; amount: bigint }[]
  /** The newest state that the ledger knows. */
  sequence: bigint
  balances: bigint[]
  /** When the challenge window ends, ms since 1970; 0 while nobody closes. */
  closesAt: number
  settled: boolean
  /** Version at which the object was shared: a transaction names it by this. */
  sharedAt: bigint
}

/** What a state of a channel without conditions says, with the signatures of all parties in their order. */
export interface SignedChannelState {
  sequence: bigint
  confirmed: bigint
  balances: readonly bigint[]
  signatures: readonly Uint8Array[]
}

type At = Pick<LedgerChannel, 'id' | 'sharedAt'>

/** What is asked of the module; see docs/move.md. `party` is the sender's number. */
export type ChannelCall =
  | {
      kind: 'open'
      chain: string
      parties: readonly ChannelParty[]
      /** NANOS; their sum is locked. */
      balances: readonly bigint[]
      windowMs: number
    }
  | { kind: 'deposit'; channel: At; party: number; nanos: bigint }
  | { kind: 'close'; channel: At; state: Omit<SignedChannelState, 'confirmed'> }
  | { kind: 'startClose'; channel: At; party: number; state?: SignedChannelState }
  | { kind: 'challenge'; channel: At; state: SignedChannelState }
  /** After the window; `destroy` removes what is left, by which its storage deposit comes to the sender. */
  | { kind: 'settle'; channel: At; destroy?: { party: number } }

export interface ChannelRequest {
  from: string
  call: ChannelCall
  /** Coins not to be used; as in `TransferRequest`. */
  reserved?: ReadonlySet<string>
}

/** A call ready to sign; as `UnsignedTransfer`. */
export interface ChannelTransaction {
  /** BCS of TransactionData. */
  bytes: Uint8Array
  /** base58. */
  digest: string
  fee: Fee
  /** NANOS that go into the channel. */
  nanos: bigint
  /** NANOS that leave the balance in all. */
  total: bigint
  /** The coins that it uses, as `id@version`. */
  coins: string[]
}

/** What ending a channel costs at most; its storage deposit comes back beside it. */
export interface ChannelEndCost {
  /** By `close`, with the signatures of all. */
  together: Fee
  /** By `startClose` and, after the window, `settle`: two transactions. */
  alone: Fee
}

/**
 * Channels of IOTA on one ledger (PROTOCOL section 11). Every call has a deadline and throws as the calls of `Ledger` do;
 * transactions are submitted with `Ledger.submit`.
 */
export interface Channels {
  /** `0x…` */
  readonly packageId: string
  /** Undefined where there is none such, or no more. */
  read(id: string): Promise<LedgerChannel | undefined>
  /** The channel that a transaction opened; undefined where the ledger does not know it (yet). */
  openedBy(digest: string): Promise<string | undefined>
  /** Channels that an address opened, newest first; a page of the address's events, whatever they are of. */
  openedFrom(address: string, cursor?: string): Promise<{ channels: string[]; cursor: string | undefined }>
  /** Throws `insufficient_funds`, or `conflict` where the module refuses. */
  prepare(request: ChannelRequest): Promise<ChannelTransaction>
  /**
   * What it costs the party that pays from `from`, before anybody has signed anything: `startClose` is tried, and so is `close` up to the check of a
   * signature. Throws as `prepare`.
   */
  endCost(from: string, channel: LedgerChannel, party: number): Promise<ChannelEndCost>
}
