/** Bytes that were relayed, and bytes times milliseconds that were stored. */
export interface RelayUse {
  relayedBytes: bigint
  storedByteMs: bigint
}

/** What this device used of one node: the counts as the node has them, if it counts as this device does. */
export interface RelayUseRow extends RelayUse {
  /** Hex. */
  node: string
  /** The node's count that this is in step with. */
  meter: bigint
  /** Parts of a NANO (overlay/fees/prices.ts) that were used here until both were in step last, whatever was counted by which count. */
  due: bigint
  /** Counted here since then. */
  since: RelayUse
  /** What the node may have counted since then beyond it at most: what was on its way, or not answered. */
  open: RelayUse
  /** NANOS that this device's vouchers promised for use, ever. */
  promised: bigint
}

/** A one-way channel to a node. */
export interface RelayCreditRow {
  /** Of the transaction that opened it, or the channel's id where it was found again on the ledger. */
  digest: string
  /** `0x…`; undefined until the ledger has it. */
  channel: string | undefined
  node: string
  /**
   * `opening`: signed. `closing`: begun on the ledger. `closed`: settled, or never opened. `elsewhere`: open, and of another device of the
   * address, or of this one before it was restored.
   */
  state: 'opening' | 'open' | 'closing' | 'closed' | 'elsewhere'
  /** Who is paid. */
  owner: string
  packageId: string
  windowMs: number
  /** NANOS. */
  deposited: bigint
  /** NANOS that vouchers promised; what the node shows with this device's signature counts too. */
  paid: bigint
  /** ms since 1970; 0 while nobody closes. */
  closesAt: number
  at: number
}

export interface RelayFeeRepository {
  use(node: string): RelayUseRow | undefined
  saveUse(row: RelayUseRow): void
  /** Newest first. */
  credits(): RelayCreditRow[]
  /** By digest. */
  saveCredit(row: RelayCreditRow): void
}
