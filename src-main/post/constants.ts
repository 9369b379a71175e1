/** How long a message is tried for (PROTOCOL section 9). */
export const MESSAGE_TTL_MS = 30 * 24 * 3600_000
/** A signal is of use only while both are there. */
export const SIGNAL_TTL_MS = 30_000
/** Envelopes on their way at once per device: keeps a link busy at 100 ms round trip without flooding a mailbox quota. */
export const WINDOW = 32
/** First and longest wait between attempts. */
export const RETRY_FIRST_MS = 250
export const RETRY_MOST_MS = 10 * 60_000
/** A message that its mailbox has but whose receipt has not come is offered again after this long: a node may have lost it. */
export const CONFIRM_FIRST_MS = 10 * 60_000
export const CONFIRM_MOST_MS = 24 * 3600_000
/** Handled envelope ids are remembered longer than any copy can live in a mailbox (30 days). */
export const SEEN_KEEP_MS = 40 * 24 * 3600_000
/** Messages that wait for their Welcome or commit: at most this many and this long, then a new group is asked for. */
export const WAITING_MOST = 512
export const WAITING_MS = 10_000
/**
 * While their keys are being fetched they wait longer, and no longer than this: a log that is down is asked for ten minutes,
 * and a contact that tells of new keys without end could have them wait for ever.
 */
export const CATCHING_UP_MOST_MS = 3600_000
/** A sender's clock may be wrong by this much before its sealed messages are refused as replays. */
export const SKEW_MS = 24 * 3600_000
/** An envelope that this device could not handle (a full disk, a worker that died) is tried again here so often, so slowly. */
export const RETRIES = 12
export const RETRY_HERE_MOST_MS = 30_000
