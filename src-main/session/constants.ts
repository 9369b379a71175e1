/** A commit of 50 members takes 0.2 s and a message 2 ms: what takes longer than this hangs. */
export const REQUEST_TIMEOUT_MS = 30_000
/** Loading the modules takes about 0.2 s on a slow machine. */
export const START_TIMEOUT_MS = 20_000
/** Requests waiting for the worker; beyond it a caller is told to slow down instead of memory growing. */
export const MAX_PENDING_REQUESTS = 1024
/** Wait before a crashed worker is started again, doubling, so that a crash at start does not spin. */
export const RESTART_FIRST_MS = 100
export const RESTART_MOST_MS = 10_000
/** A worker that ran this long was well: the next crash counts as the first. */
export const RESTART_RESET_MS = 60_000

/** PROTOCOL section 8: a device renews its keys at least daily or every 150 messages. */
export const UPDATE_AFTER_MESSAGES = 150
export const UPDATE_AFTER_MS = 24 * 60 * 60 * 1000
/** With more than two devices one after another may make new keys: so much later each, the first by its place and the epoch. */
export const RIVAL_MS = 60 * 60 * 1000
export const RIVAL_MESSAGES = 50
/** Entries of a log read at once: a commit of three devices is 6.6 kB. */
export const LOG_PAGE = 8
/**
 * The last entry that was taken shows that a log is the one that it was. It is read again before anything is appended or passed
 * over, after a start, and so often besides: each time costs an entry, and a log that was lost harms nobody until then.
 */
export const CHECK_LAST_EVERY_MS = 12 * 60 * 60 * 1000
/** Groups of which entries are kept that were read and wait for their turn: 8 of 6.6 kB, at most 65 kB each. */
export const MAX_READ_AHEAD = 20
/** Entries that are no key updates, passed over in one go with one of our own; more are left to the next time. */
export const MAX_PASSED_OVER = 16
/** What is in a log that nobody wrote to for 180 days is given up (see docs/overlay.md); half of it, so that clocks may be wrong. */
export const LOG_TRUST_MS = 90 * 24 * 60 * 60 * 1000
/** An update that a log did not take for so long, asked so often: the conversation goes on in a new group. */
export const GIVE_UP_MS = 7 * 24 * 60 * 60 * 1000
export const GIVE_UP_FAILURES = 24
/**
 * One node that lies or lost its memory does not end a log: it is only believed to be lost when so many looks found so, each so
 * long after the one before. Meanwhile the group goes on with the keys that it has.
 */
export const DOUBT_LOOKS = 3
export const DOUBT_EVERY_MS = 5 * 60_000
/** Groups whose looks are remembered: those beyond are checked, or doubted, anew. */
export const MAX_LOOKS = 1000
/** Groups kept per conversation to read what is on its way; the oldest inactive one goes. */
export const MAX_GROUPS_PER_CHAT = 5
/** A contact that claims more only wants all later groups to be refused: a new one each hour takes 200,000 years. */
export const MAX_GENERATION = 2 ** 31 - 1
/** Key packages asked of the worker in one call. */
export const KEY_PACKAGE_BATCH = 20
/** Private halves kept for packages that were handed out; strangers can take packages without ever using them. */
export const MAX_STORED_KEY_PACKAGES = 500
/** The last resort is used more than once, so it is made anew before many invitations hang on one key. */
export const LAST_RESORT_MS = 30 * 24 * 60 * 60 * 1000

/** Groups whose members are remembered: more than anyone has open, a few hundred bytes each. */
export const MAX_KNOWN_MEMBERS = 1000
