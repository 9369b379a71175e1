import { MAX_MESSAGE_BYTES, MAX_ROOM_DATA_BYTES } from '../../contract/index.ts'

/** Bytes of one HTTP body: 100 times the longest honest call; a bot that sends more is broken. */
export const MAX_BODY_BYTES = 1024 * 1024
/** A call that carries data (`rooms.sendData`): its base64 and the rest of the call. */
export const MAX_DATA_BODY_BYTES = Math.ceil(MAX_ROOM_DATA_BYTES / 3) * 4 + 64 * 1024

/** As for the window over IPC: longer than any honest call (argon2, a ledger round trip). */
export const CALL_TIMEOUT_MS = 60_000

/** Slow-loris: whoever has not sent its request by then is closed. */
export const REQUEST_TIMEOUT_MS = 15_000

/** Each call of a bot's burst may have a connection of its own; beyond this it is a mistake or an attack. */
export const MAX_CONNECTIONS = 1024
export const MAX_WINDOWS = 16
export const MAX_EVENT_CLIENTS = 16
/** A bot's burst; beyond it `rate_limited` with `retryAfter`, and nothing of the refused call has happened. */
export const MAX_CALLS_IN_FLIGHT = 512

/** What may wait for one slow reader before it is cut off; it reconnects and asks for the state anew. */
export const MAX_BUFFERED_BYTES = 2 * MAX_MESSAGE_BYTES
export const MAX_EVENT_BUFFER_BYTES = 1024 * 1024
/** Beside that: data on its way to the reader, of two transfers of the largest size. */
export const MAX_EVENT_DATA_BYTES = 2 * MAX_DATA_BODY_BYTES

/** Below the minute after which common proxies and laptops' sleep make a silent connection doubtful. */
export const HEARTBEAT_MS = 15_000

/** Long enough to copy the URL from a terminal, short enough not to be found in a history later. */
export const ONE_TIME_URL_MS = 15 * 60_000

/** Unused one-time URLs and open sessions; the oldest goes first. */
export const MAX_ONE_TIME_URLS = 16
export const MAX_SESSIONS = 32
