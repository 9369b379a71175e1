import type { Fee } from '../contract/index.ts'

/** NANOS. Fees are taken by them; nothing here does. */
export interface NodePrices {
  /** Per relayed megabyte. */
  relayedMb: bigint
  /** Per stored megabyte and day. */
  storedMbDay: bigint
  forwardedTransaction: bigint
}

/** What a node tells of itself and may change while it is registered. */
export interface NodeProfile {
  /** 1 to 4 of at most 300 bytes, as `wss://host:port`. Whatever the owner wrote: check before use. */
  endpoints: readonly string[]
  /** SHA-256 of its TLS certificate, hex. */
  fingerprint: string
  /** Bits: 1 relay, 2 mailbox, 4 log, 8 ICE servers, 16 ledger gateway. */
  roles: bigint
  prices: NodePrices
  /** Highest version of the protocol that it speaks. */
  version: bigint
}

/** A `NodeRecord` of the Move module `registry` as it stands on the ledger. */
export interface RegisteredNode {
  /** Object id, `0x…`. */
  object: string
  /** Whoever registered it, and gets its stake and its fees. */
  owner: string
  /** Ed25519 public key, hex; it has signed for this owner. */
  nodeKey: string
  profile: NodeProfile
  /** NANOS. */
  stake: bigint
  /** Epoch in which it was registered or renewed last. */
  renewed: bigint
  /** Epoch from which the stake can be taken; 0 while it is in service. */
  freeFrom: bigint
  /** Version at which the object was shared: a transaction names it by this. */
  sharedAt: bigint
}

/** Renewed in this epoch or the one before, and not leaving: such a node belongs on the map. */
export function isLive({ renewed, freeFrom }: Pick<RegisteredNode, 'renewed' | 'freeFrom'>, epoch: bigint): boolean {
  return freeFrom === 0n && epoch <= renewed + 1n
}

/** Something happened to a record: what it is now stands in the record itself. */
export interface RegistryEvent {
  kind: 'registered' | 'renewed' | 'leaving' | 'withdrawn'
  /** Object id of the record. */
  object: string
  /** Of `registered` and `renewed`. */
  epoch?: bigint
}

export interface RegistryPage {
  /** In the order asked for. */
  events: RegistryEvent[]
  /** Behind the last event; the one that was given where there was none. */
  cursor: string | undefined
  /** The newest event of the page, from which to go forward; undefined on an empty page. */
  newest: string | undefined
  /** There is more behind the cursor already. */
  more: boolean
}

export interface RegistryTransaction {
  /** BCS of TransactionData: stored before it is sent, and sent again unchanged. */
  bytes: Uint8Array
  /** base58; known before it is sent. */
  digest: string
  fee: Fee
  /** NANOS that the account had when this was made, without the stake that it locks and its fee. */
  left: bigint
}

export interface RegisterRequest {
  owner: string
  /** 32 bytes. */
  nodeKey: Uint8Array
  profile: NodeProfile
  /** The node key's signature over `registryClaimDigest(packageId, owner, nodeKey)`, 64 bytes. */
  proof: Uint8Array
  /** NANOS, at least MIN_STAKE. */
  stake: bigint
}

/** Events read at a time: the most that ledgers give. */
export const EVENT_PAGE = 50

/** The least stake that the module takes: 1 IOTA in NANOS. */
export const MIN_STAKE = 1_000_000_000n

/** What an owner asks of an existing record. */
export type RecordChange =
  | { kind: 'renew'; record: RegisteredNode; profile: NodeProfile }
  | { kind: 'leave'; record: RegisteredNode }
  | { kind: 'withdraw'; record: RegisteredNode }

/**
 * The registry of S2 nodes on one ledger (PROTOCOL section 4). Every call has a deadline and throws as the calls of
 * `Ledger` do; transactions are submitted with `Ledger.submit`.
 */
export interface NodeRegistry {
  /** `0x…` */
  readonly packageId: string
  /** The records that exist among these objects; others are left out. */
  records(objects: readonly string[]): Promise<RegisteredNode[]>
  /**
   * At most `limit` <= EVENT_PAGE events, `oldest` first going forward from the cursor or `newest` first going back from it; with a
   * `sender` of what that address did, where a page may have fewer for what it did elsewhere.
   * Throws `not_found` for a cursor that the ledger does not know (any more).
   */
  events(query: { order: 'oldest' | 'newest'; limit: number; cursor?: string; sender?: string }): Promise<RegistryPage>
  /** The record that a transaction registered; undefined where the ledger does not know it (yet). */
  registeredBy(digest: string): Promise<string | undefined>
  /** Throws `insufficient_funds`, or `conflict` where the module refuses. */
  prepareRegister(request: RegisterRequest): Promise<RegistryTransaction>
  /** The sender is the record's owner. Throws `insufficient_funds`, or `conflict` where the module refuses. */
  prepareChange(change: RecordChange): Promise<RegistryTransaction>
}
