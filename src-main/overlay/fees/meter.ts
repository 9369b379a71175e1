/** What a node counts for an address. */
export type MeteredKind =
  /** Bytes of envelopes that were relayed for the sender. */
  | 'relayed'
  /** Byte-milliseconds that were promised in mailboxes for the sender. */
  | 'stored'

/** Counts what an address uses of a node, and refuses what it has not paid for. */
export interface Meter {
  /** Before the work: throws `payment_required` (with the amount in NANOS) where the allowance and the credit are used up. */
  require(address: string, kind: MeteredKind, amount: number): void
  /** After the work was done: what was really used. */
  used(address: string, kind: MeteredKind, amount: number): void
}

/** A node without prices. */
export const freeMeter: Meter = { require: () => {}, used: () => {} }
