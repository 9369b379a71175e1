/** Credentials hold for minutes: what leaks is of no use soon, and a path that is open does not need them again. */
export const CREDENTIAL_SECONDS = 600
/**
 * A device has one user name for so long, so that coturn's quota of a user (which leaves the time of expiry out) is one device's, however
 * often it asks; around the change it has two for as long as credentials hold.
 */
export const USER_NAME_MS = 3_600_000
/** Who gets STUN alone, as nothing is paid for, asks again after a share of this: a deposit shows soon. */
export const UNPAID_SECONDS = 60
/** Lists that one address may ask for: its devices ask at every new link and before credentials expire. */
export const LISTS = { perSecond: 0.2, burst: 30 }

/** A binding request has 20 bytes; with every attribute that stacks add to it, far less than this. */
export const MAX_REQUEST_BYTES = 548
/** Requests of one network address (of an IPv6 network of 64 bits): a household behind NAT passes, a reflector does not. */
export const BINDINGS_PER_SOURCE = { perSecond: 10, burst: 60 }
/** All requests together: an answer takes microseconds, but nobody needs more. */
export const BINDINGS = { perSecond: 5_000, burst: 10_000 }
