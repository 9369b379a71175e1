/** Records that are kept: 1 KB each. What an own ledger that lies could make of it stays below 50 MB. */
export const MAX_RECORDS = 50_000
/** Pages read back at the start: twice MAX_RECORDS renewals. */
export const MAX_BACK_PAGES = 2_000
/** Pages read back of what one account did: one renewal a day fills them in 270 years. */
export const MAX_OWN_PAGES = 2_000
/** Pages read on at a time; what is left comes with the next look. */
export const MAX_ON_PAGES = 200

/** The first looks follow each other quickly, because networks begin with all nodes at once. */
export const FIRST_POLL_MS = 250
/** An epoch is a day: a node that came or left is known everywhere after this. */
export const MOST_POLL_MS = 15_000
/** While the ledger does not answer. */
export const AWAY_POLL_MS = 2_000
/** A ledger that has no registry gets one once in its life, by somebody who publishes the package. */
export const MISSING_POLL_MS = 300_000
/** Looks in an epoch, where epochs are short. */
export const POLLS_PER_EPOCH = 8
/** Somebody who is not known links here: so often at most is looked whether it is registered by now. */
export const ASK_AGAIN_MS = 1_000

/** Renewals of all nodes are spread over this part of an epoch, and over this time at most. */
export const RENEWAL_SPREAD = 0.25
export const MAX_RENEWAL_SPREAD_MS = 3_600_000

export const STEP_FIRST_MS = 1_000
export const STEP_MOST_MS = 60_000
/** A node that is behind may refuse what was executed without knowing it: so long the same bytes are offered again. */
export const REFUSED_MS = 60_000

/** A turn takes a few questions to the ledger: an operator's command waits so long for a node's, and the other way round. */
export const LOCK_MS = 15_000

/** A device keeps what it has checked for so long within an epoch: a node seldom moves or leaves, and another answers meanwhile. */
export const CHECKED_MS = 600_000
/** What was not found may have been registered just now. */
export const UNFOUND_MS = 10_000
/** Records that a device keeps. */
export const MAX_CHECKED = 1_024
/** Pages read back to find one live record: somebody who wants to hide them must pay for 1,000 events in two epochs. */
export const MAX_FORCE_PAGES = 20
