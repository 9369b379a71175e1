import type { ErrorCode, Fee, SignallingCost } from '../../contract/index.ts'
import type { LedgerMemo } from '../../ledger/index.ts'

/** What a record on the ledger is for; each has its own daily budget, so that one cannot use up what another needs. */
export type MemoPurpose = 'card' | 'contact' | 'room'

export interface WatchOptions {
  /** The first bytes of the memos that are wanted; anything else costs nothing but its download. */
  magic: Uint8Array
  /**
   * Where to begin: `now` at the newest page; `start` with the address's first transaction (new addresses such as a
   * rendezvous); `kept` where the last watch of this address ended, also after a restart, or else as `now`.
   */
  from: 'now' | 'start' | 'kept'
  /** Asked before every look: true while something is expected, which is looked for every second. */
  expecting: () => boolean
  /** The ledger answers again after it did not. */
  back?: () => void
}

/** Stops asking the ledger; a listener that is under way ends by itself. */
export interface MemoWatch {
  /** Looks at once, whatever the pace was. */
  look(): void
  stop(): void
}

/**
 * Hears the memos of one look, none twice in one watch. While it runs nothing more is fetched, and the place is kept only
 * once it has resolved: what it throws away, or a kill, brings the memos again (so handling must be idempotent).
 */
export type MemoListener = (memos: LedgerMemo[]) => Promise<void> | void

export interface PostedMemo {
  /** base58. */
  digest: string
  fee: Fee
  /** `pending`: signed and on disk, and sent again until the ledger has it. */
  state: 'pending' | 'done'
}

/** Whether this device can be found by its address: `waiting` with an error code as reason, such as `insufficient_funds`. */
export interface CardState {
  state: 'none' | 'publishing' | 'published' | 'waiting'
  reason?: ErrorCode
}

/** What was paid for records so far, in NANOS, kept over restarts. */
export interface Spent {
  records: number
  fee: Fee
}

/**
 * Bytes left for an address on the ledger, as memos of 1-NANO transfers (PROTOCOL section 7), and found there by polling.
 *
 * Polling: each watched address is asked by itself, one request per look: the transactions behind the place of the last
 * look, 50 at a time. While `expecting` the next look is 1 s after the end of the one before, otherwise slower (constants.ts).
 * Where more than a page is behind the place, the newest page is heard first, then the pages in the ledger's order, a bounded
 * number per look and the next look soon after: a flood delays neither what is newest nor what is oldest. A fault of the
 * ledger never ends a watch: it backs off to 30 s, keeps its place, and goes on. Nothing here opens or believes a memo.
 */
export interface MemoBoard {
  watch(address: string, options: WatchOptions, listener: MemoListener): MemoWatch
  /**
   * Writes one record, at most 16,383 bytes, public for ever: seal it before. Resolves once the wallet has the signed
   * transfer on disk (it is sent again until the ledger has it). Throws `payment_required` where the user has not
   * agreed, `rate_limited` (with retryAfter) where the day's budget of the purpose is used up, and what a payment throws
   * (`insufficient_funds`, `ledger_unreachable`).
   */
  post(to: string, memo: Uint8Array, purpose: MemoPurpose): Promise<PostedMemo>
  /**
   * The same, resolved only once the ledger has the record: for what others are to see before anything follows it. It waits for
   * as long as the ledger is away. Throws `conflict` too where the ledger refused it for good (nothing was written), and
   * `offline` when the board is stopped before that is known.
   */
  write(to: string, memo: Uint8Array, purpose: MemoPurpose): Promise<PostedMemo>
  /** Throws `rate_limited` where `post` would, for today's budget. */
  check(purpose: MemoPurpose): void
  /** What so many records cost with memos of so many bytes, and whether they may be written now. */
  cost(records: number, memoBytes?: number): Promise<SignallingCost>
  /** Whether records may be written: the setting `ledgerSignalling`, and for `auto` the network. */
  allowed(): boolean
  /** In all, or for one purpose. */
  spent(purpose?: MemoPurpose): Spent
}
