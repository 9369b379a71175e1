import type { Fee, PaymentRequest, Transaction } from '../contract/index.ts'

/** A transfer of this wallet: written before it is submitted. */
export interface TransferRow {
  digest: string
  /** Index of the account that pays. */
  account: number
  /** `merge`: of coins of one's own, before a payment that needs more of them than one transaction takes. `credit`: of a node's credit. */
  kind: 'payment' | 'signalling' | 'merge' | 'credit'
  /** The request in a chat that it pays: at most one transfer that has not failed stands for each. */
  requestId: string | undefined
  /** The caller's id of this payment and a hash of what it ordered (hexadecimal digits); the id is never used again. */
  order?: { id: string; hash: string } | undefined
  to: string
  nanos: bigint
  burned: bigint
  deposit: bigint
  relay: bigint
  bytes: Uint8Array
  signature: Uint8Array
  /** The coins it uses, as `id@version`. */
  coins: string[]
  state: 'pending' | 'done' | 'failed'
  failure: string | undefined
  at: number
  /** When the ledger first refused it although an earlier try may have reached it. */
  refusedAt: number | undefined
}
export interface TransferRepository {
  add(row: TransferRow): void
  get(digest: string): TransferRow | undefined
  setState(digest: string, state: TransferRow['state'], failure?: string): void
  setRefused(digest: string, at: number): void
  /** The newest for a request that did not fail. */
  forRequest(requestId: string): TransferRow | undefined
  /** The one that a caller gave this id to. */
  forOrder(id: string): TransferRow | undefined
  pending(): TransferRow[]
  /** Newest first. */
  list(limit: number): TransferRow[]
}

/** An account of the wallet, by its index in the recovery phrase. */
export interface AccountRow {
  index: number
  address: string
  name: string
  /** NANOS when the ledger was last asked, and when that was. */
  balance: bigint | undefined
  balanceAt: number | undefined
  /** Where the ledger's pages go on that were not fetched yet, newest first; empty when all is here. */
  gaps: string[]
}
export interface AccountRepository {
  /** By index. */
  list(): AccountRow[]
  get(index: number): AccountRow | undefined
  add(row: Pick<AccountRow, 'index' | 'address' | 'name'>): void
  rename(index: number, name: string): void
  setBalance(index: number, nanos: bigint, at: number): void
  setGaps(index: number, gaps: string[]): void
}

/** A transaction as one account sees it: from the ledger, or of this wallet and not there yet. */
export interface ActivityRow {
  account: number
  digest: string
  at: number
  kind: Transaction['kind']
  direction: Transaction['direction']
  counterparty: string | undefined
  nanos: bigint
  fee: Fee | undefined
  state: Transaction['state']
  failure: string | undefined
  /** Whether the ledger told of it. */
  synced: boolean
  /** The user's own; read only. */
  note?: string | undefined
}
export interface ActivityRepository {
  /** Adds or replaces. */
  save(row: ActivityRow): void
  get(account: number, digest: string): ActivityRow | undefined
  /** Whether any account has it. */
  has(digest: string): boolean
  /** Newest first; `before` excludes that place and everything newer; `from` and `to` are times, both included; `kinds`: only these. */
  page(
    account: number,
    limit: number,
    range?: {
      before?: Pick<ActivityRow, 'at' | 'digest'> | undefined
      from?: number | undefined
      to?: number | undefined
      kinds?: readonly ActivityRow['kind'][] | undefined
    },
  ): ActivityRow[]
  count(account: number): number
  /** Removes what the ledger told of beyond `most`: the oldest records of strangers first, then the oldest of all. */
  prune(account: number, most: number): void
  /** An empty note takes it away. */
  setNote(digest: string, note: string): void
}

/** A request for money in a 1:1 chat. */
export interface PaymentRequestRow {
  requestId: string
  chat: string
  messageId: string
  /** Whether this user asks; otherwise the other does. */
  mine: boolean
  nanos: bigint
  note: string
  state: PaymentRequest['state']
  digest: string | undefined
  createdAt: number
}
/** What was said to a request, kept where the request is not here yet or the ledger must be asked first. */
export interface PaymentAnswerRow {
  requestId: string
  chat: string
  author: string
  answer: 'paid' | 'declined' | 'cancelled'
  digest: string | undefined
  at: number
}
export interface PaymentRequestRepository {
  get(requestId: string): PaymentRequestRow | undefined
  /** False where the id is known already: nothing changes then. */
  add(row: PaymentRequestRow): boolean
  setState(requestId: string, state: PaymentRequestRow['state'], digest: string | undefined): void
  /** The request that a payment is for, if one. */
  byDigest(digest: string): PaymentRequestRow | undefined
  paying(): PaymentRequestRow[]
  /** Open requests of this user for exactly so much, at most `limit`. */
  asking(nanos: bigint, limit: number): PaymentRequestRow[]
  /** False where the same was said before. */
  addAnswer(row: PaymentAnswerRow): boolean
  /** In the order of arrival. */
  answers(chat: string, requestId: string): PaymentAnswerRow[]
  /** Claims to be paid that the ledger must still confirm, for requests of this user that are open, at most `limit`. */
  claims(limit: number): PaymentAnswerRow[]
  removeClaim(claim: PaymentAnswerRow): void
  countAnswers(chat: string): number
}
