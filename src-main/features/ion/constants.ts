import type { MemoPurpose } from './types.ts'

/** What every record moves: the ledger has no transfer of nothing. */
export const RECORD_NANOS = 1n
/** A sealed bundle is below this; for the cost that is shown before. */
export const USUAL_MEMO_BYTES = 1024

/** A person waits for an answer: finality is 0.5 to 3 s, so looking more often finds nothing sooner. */
export const EXPECTING_MS = 1_000
/** Nothing is expected. A ledger on this machine costs nobody anything; on a public one 15 s are 4 requests a minute. */
export const IDLE_LOCAL_MS = 2_000
export const IDLE_PUBLIC_MS = 15_000
/** While more is behind the place: leaves the process time for everything else. */
export const BEHIND_MS = 50
/** The ledger does not answer. */
export const FAULT_FIRST_MS = 1_000
export const FAULT_MOST_MS = 30_000
/** Transactions of a page: the most that nodes give. */
export const PAGE = 50
/** 200 transactions, at most 5 MB, before everything else gets its turn. */
export const PAGES_PER_LOOK = 4
/** Heard ahead of the place, so that they are not heard twice: as many as a flood of an hour's looks brings. */
export const MOST_AHEAD = 10_000

/**
 * Records of one UTC day. A card changes monthly; an arranged connection takes one or two records of each side; a ticket of a
 * room is announced anew each minute at most. At 0.001 IOTA burned a record, a fault costs 0.2 and 1.5 IOTA a day at most.
 */
export const RECORDS_PER_DAY: Readonly<Record<MemoPurpose, number>> = { card: 8, contact: 200, room: 1_500 }
export const DAY_MS = 24 * 3600_000
