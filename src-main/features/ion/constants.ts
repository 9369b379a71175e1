import type { MemoPurpose } from './types.ts'

/** What every record moves: the ledger has no transfer of nothing. */
export const RECORD_NANOS = 1n
/** A sealed bundle is below this; for the cost that is shown before. */
export const USUAL_MEMO_BYTES = 1024

/** A person waits for an answer: finality is 0.5 to 3 s, so looking more often finds nothing sooner. */
export const EXPECTING_MS = 1_000
/** Nothing is expected. A ledger on this machine costs nobody anything; on a public one 15 s are 4 requests a minute. */
export const IDLE_LOCAL_MS = 1_000
export const IDLE_PUBLIC_MS = 15_000
/** While more is behind the place: leaves the process time for everything else. */
export const BEHIND_MS = 10
/** The ledger does not answer. */
export const FAULT_FIRST_MS = 1_000
export const FAULT_MOST_MS = 30_000
/** The same while something is expected: whoever waits for a ledger that restarts is served within a few looks. */
export const FAULT_EXPECTING_MOST_MS = 4_000
/** Transactions of a page: the most that nodes give. */
export const PAGE = 50
/** 400 transactions, at most 10 MB, before everything else gets its turn. */
export const PAGES_PER_LOOK = 8
/** Heard ahead of the place, so that they are not heard twice: as many as a flood of an hour's looks brings. */
export const MOST_AHEAD = 10_000

/**
 * Records of one UTC day. A card changes monthly; an arranged connection takes one or two records of each side; a ticket of a
 * room is announced anew each minute at most. At 0.001 IOTA burned a record, a fault costs 0.2 and 1.5 IOTA a day at most.
 */
export const RECORDS_PER_DAY: Readonly<Record<MemoPurpose, number>> = { card: 8, contact: 200, room: 1_500 }

/** Two devices' clocks may each be a minute wrong, and so be two minutes apart; with room for slow ones. */
export const SKEW_MS = 3 * 60_000

/** Own transactions that are looked through for a card: 1,000, a year of a busy wallet; a device renews a card that lies deeper. */
export const CARD_PAGES = 20
/** A found card is asked for anew after this: a renewed one takes up to a minute to count. */
export const CARD_KNOWN_MS = 60_000
/** An address without a card may get one any moment, while somebody waits for it. */
export const CARD_UNKNOWN_MS = 2_000
export const MOST_CARDS = 1_000
/** Whether the key package or the certificate is a new one: a local comparison. */
export const CARD_CHECK_MS = 3600_000
/** No tokens yet, or no ledger. */
export const CARD_RETRY_FIRST_MS = 2_000
export const CARD_RETRY_MOST_MS = 60_000

/** A stranger needs one opened letter for a request; devices of one address and a repeat make a few. */
export const STRANGER_OPENS = 4
export const STRANGER_WINDOW_MS = 60_000
/** So many letters that cannot be opened, and its sender is not heard for a while: a bomb costs eight openings, not ten thousand. */
export const MOST_FAILURES = 8
export const MUTE_MS = 10 * 60_000
export const MOST_SENDERS = 10_000
/** A letter that cannot be handled for reasons of this device (a full disk) is given up after so many looks. */
export const MOST_ATTEMPTS = 10
/** The inbox answers once a letter's effect is on disk. */
export const ACCEPT_MS = 15_000

/** Bundles older than this, by the sender's clock, are not handled: the sender keeps its side open for twice as long. */
export const STALE_MS = 3 * 60_000
/** Whoever offered longer ago than this does not wait for us any more; while something waits it offers daily. */
export const STALE_KEEP_MS = 24 * 3600_000
/** Offers that were missed come in one look; the last one is taken. */
export const STALE_GATHER_MS = 300
/** Offers that were missed make us offer at most this often. */
export const RETURNED_MS = 60_000
/** Between offers to one contact that came to nothing: half a minute at first, six hours when the contact is away for long. */
export const OFFER_AGAIN_FIRST_MS = 30_000
export const OFFER_AGAIN_MOST_MS = 6 * 3600_000
/**
 * What could not be written cost nothing and is tried again soon, for a ledger that restarts; and slower than the other looks for
 * an answer (EXPECT_MS) never, so that the ledger is looked at closely all the while.
 */
export const UNSENT_FIRST_MS = 1_000
export const UNSENT_MOST_MS = 5 * 60_000
/** For each contact, of those that led to no connection: 0.024 IOTA at most, however often a connection fails. */
export const OFFERS_PER_DAY = 12
/** Twice that: two devices of a contact, or one that restarts often. */
export const ANSWERS_PER_DAY = 24
/** For each contact, successful or not: one whose connection breaks at once, again and again, leaves others of the day's 200. */
export const CONNECTIONS_PER_DAY = 60
/** After an acceptance, and where an answer could not be written: tried again for so long, as a ledger may be away. */
export const WISH_MS = 6 * 3600_000
export const MOST_WISHES = 100
/** After a record of ours an answer is looked for every second, for as long as an offer waits for it. */
export const EXPECT_MS = 6 * 60_000
/** What was written while an offer was not allowed yet is looked for at this pace. */
export const WAITING_LOOK_MS = 5_000
export const MOST_REACHED = 5_000
/** Some 150 bytes each, written as one record; beyond it a contact counts as never heard of until its next sign of life. */
export const MOST_WHEREABOUTS = 500
/** A contact who is not at nodes, and for whom something waits: its newest card is looked for, ever less often. */
export const SEEK_FIRST_MS = 15_000
export const SEEK_MOST_MS = 3600_000
/** Of such contacts at once: each look is one request. */
export const MOST_SEEKING = 4
/** Whoever has just linked to a node has not heard yet who is there. */
export const SETTLE_MS = 5_000
/**
 * No node was linked for so long, while the ledger answered: others are told by a new card, which costs. A node that starts again
 * is back before.
 */
export const ALONE_MS = 80_000
