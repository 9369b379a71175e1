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
/** Logs that one address may found at a node: each conversation has one, as many as contacts that a list may have. */
export const MAX_LOGS_PER_ADDRESS = 4_000
/** A log that nobody wrote to for so long is forgotten: far above the longest time that mail is kept. */
export const FORGET_LOG_MS = 180 * 24 * 3_600_000

/** An answer of another node. A living one answers in milliseconds, also where it writes to its disk first. */
export const ASK_MS = 2_000
/** One append or read at a node of the log, below a client's request. */
export const SERVE_MS = 6_500
/** Rivals wait before the next ballot: from here, doubling, with chance. */
export const RIVAL_FIRST_MS = 8
export const RIVAL_MOST_MS = 400
