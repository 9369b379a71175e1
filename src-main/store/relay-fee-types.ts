/** What this device used of one node, as both sides count it. */
export interface RelayUseRow {
  /** Hex. */
  node: string
  /** The node's count that this is in step with. */
  meter: bigint
  relayedBytes: bigint
  storedByteMs: bigint
  /** NANOS of it that this device's vouchers promised. */
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
