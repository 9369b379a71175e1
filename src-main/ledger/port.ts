import type { Fee } from '../contract/index.ts'
import type { Channels } from './channels.ts'
import type { NodeRegistry } from './registry.ts'

/** Signs 32-byte ledger digests; only keys/ makes one. */
export interface LedgerSigner {
  /** Ed25519 wallet public key, 32 bytes. */
  readonly publicKey: Uint8Array
  /** `0x…` */
  readonly address: string
  /** Raw Ed25519 signature (64 bytes) over the transaction digest blake2b256(intent 0,0,0 ‖ TransactionData). */
  sign(digest: Uint8Array): Uint8Array
}

/** Somebody who forwards transactions to the ledger and is paid for it inside each of them. */
export interface RelayOutput {
  to: string
  /** At least 1. */
  nanos: bigint
}

/** A coin of IOTA as the ledger names it. */
export interface CoinRef {
  objectId: string
  version: string
  digest: string
  /** NANOS. */
  balance: bigint
}

export interface TransferRequest {
  from: string
  to: string
  /** NANOS, at least 1; ignored with `all`. */
  nanos: bigint
  /** Everything the address has, less the fee: every coin that is not reserved becomes one at `to`. */
  all?: boolean
  /** Coins not to be used, as `id` or, for one version of it only, `id@version`: others in flight hold or have spent them. */
  reserved?: ReadonlySet<string>
  /** Where the coins are too many for one transaction: prepare the first merge of them instead of `too_large`; see `plan`. */
  merge?: boolean
  /**
   * Takes the two largest coins of the address for certain, and throws `conflict` where one is reserved: two devices that
   * cannot ask each other then use a coin in common, so that the ledger takes at most one of their transfers.
   */
  contended?: boolean
  /** Bytes for the recipient to find (PROTOCOL section 7): an unused pure input, at most 16,383 bytes. Public and permanent. */
  memo?: Uint8Array
}

/** What a transfer takes whose coins must be merged first. */
export interface TransferPlan {
  /** Transactions in all, the transfer included. */
  transactions: number
  /** Of all of them; `deposit` is below zero where merging frees more than the rest takes. */
  fee: Fee
  /** As in the transfer that comes last. */
  nanos: bigint
  total: bigint
}

/** A transfer ready to sign; `bytes` decide everything, so they are stored before submission and resent unchanged. */
export interface UnsignedTransfer {
  /** BCS of TransactionData. */
  bytes: Uint8Array
  /** base58; the transaction's identity, known before it is sent. */
  digest: string
  fee: Fee
  /** NANOS that arrive: what was asked for or, with `all`, what is left after the fee. */
  nanos: bigint
  /** NANOS that leave the balance in all. */
  total: bigint
  /** The coins that it uses, as `id@version`. */
  coins: string[]
  /**
   * Only for a request with `merge`. Present: what is ready to sign merges coins of the sender and moves nothing, and the
   * request is to be prepared again when it is done.
   */
  plan?: TransferPlan
}

export interface TransactionOutcome {
  digest: string
  status: 'success' | 'failure'
  /** For `failure`: what the ledger said. */
  error?: string
  fee: Fee
  /** When the ledger's checkpoint was made, or now where it says nothing yet. */
  at: number
}

/** A transaction as one address sees it. */
export interface LedgerTransaction {
  digest: string
  at: number
  status: 'success' | 'failure'
  error?: string
  sender: string
  /** Net change of this address in NANOS, with fee. */
  change: bigint
  /** How a memo begins (at most 8 bytes), where the transaction seems to carry one: enough to tell kinds apart. */
  memoHead?: Uint8Array
  /** Net changes of every address that the ledger reports, in NANOS. */
  changes: { address: string; nanos: bigint }[]
  fee: Fee
}

/** A transaction with where it stands. */
export type LedgerDetail = LedgerTransaction & {
  checkpoint?: string
  epoch?: string
  /** The last pure input that no command uses. */
  memo?: Uint8Array
}

export interface LedgerPage {
  transactions: LedgerTransaction[]
  /** For the next older page; absent on the last. */
  cursor?: string
}

/** Bytes that somebody left for an address. */
export interface LedgerMemo {
  digest: string
  sender: string
  /** The last pure input of the transaction that no command uses. */
  bytes: Uint8Array
  at: number
}

/** Which memos, and from where on. */
export interface MemoQuery {
  address: string
  /** `to`: transactions that wrote an object of the address, its own too; `from`: only those that it sent. */
  side: 'to' | 'from'
  /** Memos that do not begin with these bytes are left out before anything else is done with them. */
  magic: Uint8Array
  /** Transactions of the page, at most 50. */
  limit: number
  /** `oldest` first goes forward from the cursor, `newest` first back from it. */
  order: 'oldest' | 'newest'
  /** Of an earlier page in either order; without it the page begins at the respective end. */
  cursor?: string
}

export interface MemoPage {
  /** In the order asked for. */
  memos: LedgerMemo[]
  /** Behind the last transaction looked at; the one that was given where there was none. */
  cursor: string | undefined
  /** The newest transaction of the page, from which to go forward; undefined on an empty page. */
  newest: string | undefined
  /** There is more behind the cursor already. */
  more: boolean
}

/** What an address has of one type of coin. */
export interface LedgerBalance {
  /** Full type such as `0x2::iota::IOTA`. */
  coinType: string
  symbol: string
  name: string
  decimals: number
  amount: bigint
  /** Coin objects that it is spread over. */
  objects: number
}

/**
 * The ledger behind one interface, so that JSON-RPC, GraphQL or gRPC can serve it. Every call has a deadline and throws
 * `ledger_unreachable`, `insufficient_funds`, `invalid_params`, `conflict` (an input is stale or taken) or `not_supported`.
 */
export interface Ledger {
  readonly url: string
  /** The chain identifier, 8 hex digits; cached after the first answer, unless a `fresh` one is asked for. */
  chain(fresh?: boolean): Promise<string>
  /** The newest epoch and 32 bytes that nobody could foresee: the salt of the sector map. */
  epoch(): Promise<{ epoch: bigint; salt: Uint8Array }>
  /** NANOS. */
  balance(address: string): Promise<bigint>
  /** Chooses coins and gas itself and simulates, so the fee is known before signing. */
  prepareTransfer(request: TransferRequest): Promise<UnsignedTransfer>
  /** Signs nothing: takes the bytes and the 64-byte signature. The same bytes again give the same outcome. */
  submit(bytes: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): Promise<TransactionOutcome>
  /** What became of a digest; undefined where the ledger does not know it. */
  outcome(digest: string): Promise<TransactionOutcome | undefined>
  /** Whether another transaction has used an owned input of these bytes for certain: then they are never executed. */
  overtaken(bytes: Uint8Array): Promise<boolean>
  /** Newest first, at most `limit` <= 50. */
  history(address: string, limit: number, cursor?: string): Promise<LedgerPage>
  /** Of every type of coin that the address holds, IOTA first. */
  balances(address: string): Promise<LedgerBalance[]>
  /** A transaction as one address sees it, with where it stands; undefined where the ledger does not know it. */
  transaction(digest: string, address: string): Promise<LedgerDetail | undefined>
  /** Memos of transfers. Throws `not_found` for a cursor that the ledger does not know (any more). */
  memos(query: MemoQuery): Promise<MemoPage>
  /**
   * The registry of S2 nodes: that of the package given, or else of the one that belongs to this chain (packages.json, or
   * what a local ledger begins with). Undefined where there is none.
   */
  registry(packageId?: string): Promise<NodeRegistry | undefined>
  /** Channels of IOTA: of the same package as the registry. Undefined where there is none. */
  channels(packageId?: string): Promise<Channels | undefined>
  /** Asks the local ledger's faucet; answers the NANOS received. `not_supported` on real networks. */
  faucet(address: string): Promise<bigint>
  close(): void
}

export interface PublishRequest {
  from: string
  /** Compiled modules. */
  modules: readonly Uint8Array[]
  /** Ids of the packages that they need. */
  dependencies: readonly string[]
}

/** A package ready to sign, with what publishing will cost. */
export interface UnsignedPublication {
  bytes: Uint8Array
  /** base58. */
  digest: string
  fee: Fee
}

/** A ledger that packages can be published on: for people who set up a network, never for the app itself. */
export interface PublishingLedger extends Ledger {
  /** Simulates, so the fee is known before signing. Throws `invalid_params` for modules that the ledger refuses. */
  preparePublish(request: PublishRequest): Promise<UnsignedPublication>
  /** The id of the package that a transaction published. Throws `not_found`. */
  publishedPackage(digest: string): Promise<string>
}

/** The 32 bytes that are signed for a transaction: blake2b256(0,0,0 ‖ bytes). */
export type TransactionDigest = Uint8Array
