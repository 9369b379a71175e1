/** Credentials hold for minutes: what leaks is of no use soon, and a path that is open does not need them again. */
export const CREDENTIAL_SECONDS = 600
/** Lists that one address may ask for: its devices ask at every new link and before credentials expire. */
export const LISTS = { perSecond: 0.2, burst: 30 }

/** A binding request has 20 bytes; with every attribute that stacks add to it, far less than this. */
export const MAX_REQUEST_BYTES = 548
/** Requests of one network address (of an IPv6 network of 64 bits): a household behind NAT passes, a reflector does not. */
export const BINDINGS_PER_SOURCE = { perSecond: 10, burst: 60 }
/** All requests together: an answer takes microseconds, but nobody needs more. */
export const BINDINGS = { perSecond: 5_000, burst: 10_000 }
