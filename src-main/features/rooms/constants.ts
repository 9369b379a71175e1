/** A rendezvous address lasts this long (PROTOCOL section 7): two who read three windows may have clocks a minute apart. */
export const WINDOW_MS = 60_000
/** The window before the last is read a little longer, for a record that was written at the very end of it. */
export const GRACE_MS = 15_000
/** How often the watched windows are looked over. */
export const TICK_MS = 5_000
/** A ticket from a clock further ahead than this would stay the newest for too long. */
export const MAX_AHEAD_MS = 3 * 60_000

/** People in a room, this device included: each has a connection to each, and a message goes to each by itself. */
export const MAX_MEMBERS = 16
export const MAX_ROOMS = 32
/** Devices that wrote over a rendezvous and whose ticket has not been seen; the oldest goes. */
export const MAX_EXPECTED = 32
/** A member that was not seen for so long is not waited for any more. */
export const FORGET_MS = 7 * 24 * 3600_000
/** Signals that one member may have handed on. */
export const FORWARDS_BURST = 200
export const FORWARDS_PER_SECOND = 20

/** Before the first ticket: the rendezvous is read first, and who then may begin needs no ticket. */
export const FIRST_ANNOUNCE_MS = 1_500
/** While nobody is connected, tickets are announced again, ever more rarely: they cost money. */
export const AGAIN_FIRST_MS = 60_000
export const AGAIN_MOST_MS = 60 * 60_000
/** The whole of a day's tickets for one room: 0.05 IOTA. */
export const MAX_TICKETS_PER_DAY = 48
/** In answer to tickets of others at most one in this time: the last is visible that long. */
export const ANSWER_EVERY_MS = 45_000
/** After a fault of the ledger. */
export const FAULT_FIRST_MS = 1_000
export const FAULT_MOST_MS = 60_000
/** Without money or consent the state is looked at so often; it costs nothing. */
export const PAUSED_MS = 15_000
/** Offers and answers of one day for one room; an insider with many devices can make others pay no more than this. */
export const MAX_LETTERS_PER_DAY = 200

/** Something is going on: the rendezvous is looked at every second for so long. */
export const BUSY_MS = 3 * 60_000
/** A lost member may come back by itself within this. */
export const LOST_MS = 2_000
/** Between attempts to connect through another member, and their number until the ledger is used. */
export const MESH_RETRY_MS = 6_000
export const MESH_TRIES = 3
/** How often members that were given up are looked for over the mesh. */
export const HEAL_MS = 30_000
/** An offer on the ledger that is not answered: the first retry after this, then twice and four times as long. */
export const LEDGER_RETRY_MS = 60_000
export const LEDGER_TRIES = 3

/** Messages of one person that wait in a room while nobody is there, or a member is away. */
export const MAX_WAITING = 2_000
/** Receipts of one burst go together. */
export const GATHER_MS = 25
export const MAX_RECEIPT_IDS = 500
/** A pair that cannot read each other starts anew at most this often. */
export const RENEW_EVERY_MS = 10_000
