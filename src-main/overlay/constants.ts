/** Presence (PROTOCOL section 3). */
export const MAX_AHEAD_MS = 30_000
export const MAX_PRESENCE_TTL_MS = 300_000
/** A device killed without a goodbye shows as online for at most this long; refreshed every third. */
export const PRESENCE_TTL_MS = 90_000
/** Devices of one address that a table holds: bounds what one wallet key can take. */
export const MAX_DEVICES = 16

/** Home nodes of an address (PROTOCOL section 4). */
export const HOME_NODES = 3
/** The nodes that may be home: with three of them dead at once three are left (measured: 99.96 % of lookups hit at 50 % churn in an epoch). */
export const CANDIDATES = 6
/** Links from a node to other nodes. */
export const MAX_NODE_LINKS = 256

/** The handshake, from the TCP connection to Welcome: an idle socket must not hold a place. */
export const HANDSHAKE_MS = 5_000
/** A live delivery without Accept after this goes to the mailbox. */
export const ACCEPT_MS = 5_000
/** All attempts to reach a live device through other home nodes together. */
export const LIVE_RELAY_MS = 6_000
/** A node's requests to another node. */
export const NODE_REQUEST_MS = 4_000
/** A client's request: ACCEPT_MS + LIVE_RELAY_MS with room to commit. */
export const SEND_MS = 14_000
export const REQUEST_MS = 8_000
/** A write that takes the socket this far behind means a reader that does not read: it is dropped, not buffered. */
export const MAX_SOCKET_BACKLOG = 4 * 1024 * 1024
/** Requests that wait for an answer on one link. */
export const MAX_PENDING_REQUESTS = 4_096
/** Deliveries without Accept on one link; what comes beyond waits in the mailbox. */
export const MAX_UNACCEPTED = 256

export const PING_MS = 20_000
export const RECONNECT_FIRST_MS = 250
export const RECONNECT_MOST_MS = 30_000

/** Longest time that a mailbox keeps an envelope. */
export const MAX_MAILBOX_TTL_MS = 30 * 24 * 3_600_000
/** Below this many one-time key packages at all home nodes together the device is asked for more. */
export const LOW_STOCK = 10
/** One-time key packages that a node keeps for a device. */
export const MAX_STOCK = 100
/** How often a node and a client ask the ledger for a new epoch. */
export const EPOCH_POLL_MS = 30_000
