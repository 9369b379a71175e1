export {
  MAX_LOG_ENTRY_BYTES as MAX_ENTRY_BYTES,
  MAX_LOG_HEADS as MAX_HEADS,
  MAX_LOG_PAGE_BYTES as MAX_PAGE_BYTES,
  MAX_LOG_PAGE_ENTRIES as MAX_PAGE_ENTRIES,
} from '../../wire/index.ts'

/** Entries of one log: ten commits a day for a year. Beyond it the conversation goes on in a new group. */
export const MAX_ENTRIES = 4_096
/** Bytes of one log: what one stranger can make a node keep, together with the next. */
export const MAX_LOG_BYTES = 32 * 1024 * 1024
/** Places of one log that were promised at least: whoever appends to a full log must not make rows without end. */
export const MAX_SLOTS = 2 * MAX_ENTRIES
/** Logs that one address may found at a node: each conversation has one, as many as contacts that a list may have. */
export const MAX_LOGS_PER_ADDRESS = 4_000
/** A log that nobody wrote to for so long is forgotten: far above the longest time that mail is kept. */
export const FORGET_LOG_MS = 180 * 24 * 3_600_000

/** A node that was off for so long asks for newer views first: long before others forget what it has not heard of, whatever its clock says. */
export const AWAY_MS = 30 * 24 * 3_600_000

/** An answer of another node. A living one answers in milliseconds, also where it writes to its disk first. */
export const ASK_MS = 2_000
/**
 * What a node answered before it lost its database is waited for no longer than this: a question comes to three where the asked one has to
 * be told of a view first, and one more for what a busy machine is late.
 */
export const REST_MS = 4 * ASK_MS
/** One append or read at a node of the log, below a client's request. */
export const SERVE_MS = 6_500
/** Rivals wait before the next ballot: from here, doubling, with chance. */
export const RIVAL_FIRST_MS = 8
export const RIVAL_MOST_MS = 400

/** A member that is silent makes the next be asked after this: above any living one's answer. */
export const HEDGE_MS = 1_500
/** Logs that one address may begin at a node: each costs six nodes a row. */
export const FOUNDINGS = { perSecond: 0.2, burst: 200 }

/** The same for all who link from one network, and for what another node brings: wallets cost nothing. */
export const FOUNDINGS_OF_NETWORK = { perSecond: 1, burst: 1_000 }
export const FOUNDINGS_OF_NODE = { perSecond: 20, burst: 5_000 }

/** All logs of a node are looked at so often, and after every change of the map when it has been still for SETTLE_MS. */
export const TEND_MS = 60_000
export const SETTLE_MS = 1_000
/** What could not be done is tried again after this. */
export const RETRY_MS = 2_000
/** Logs that are worked on at once, and those that wait to be tried again; beyond it they come with the next round. */
export const TEND_AT_ONCE = 4
export const MAX_DUE = 10_000
/**
 * A majority of a view that is off the map for so long does not come back: a node that is only away is registered again within
 * an epoch.
 */
export const REFOUND_MS = 24 * 3_600_000
export const SWEEP_MS = 3_600_000
export const SWEEP_LOGS = 500
