/** Data channel ids, the same on both sides without a negotiation in band. */
export const CHANNEL_IDS = { control: 0, chat: 1, data: 2 } as const

/** Above this node-datachannel's bufferedAmount is wrong (measured). */
export const MAX_MESSAGE_BYTES = 256 * 1024

/** Set before the first connection: 33.9 MB/s instead of 11.5 at 40 ms round trip (measured). */
export const SCTP_SETTINGS = {
  recvBufferSize: 8 * 1024 * 1024,
  sendBufferSize: 8 * 1024 * 1024,
  maxChunksOnQueue: 65_536,
  initialCongestionWindow: 64,
}

/** A receiver that takes nothing must not fill our memory: beyond this a connection is closed. */
export const MAX_BUFFERED_BYTES = 16 * 1024 * 1024
/** Received bytes that the main process has not taken yet; data channels have no back-pressure of their own. */
export const MAX_UNTAKEN_BYTES = 16 * 1024 * 1024
/** How often taken bytes are reported: a fraction of the bound above. */
export const TAKEN_REPORT_BYTES = 256 * 1024

/** Application credits: messages and bytes that a device may have without an accept. */
export const MAX_IN_FLIGHT = 256
export const MAX_IN_FLIGHT_BYTES = 8 * 1024 * 1024
/** Twice the sender's credits: it may have given up on some that are still being stored here. */
export const MAX_UNACCEPTED = 2 * MAX_IN_FLIGHT
/** An unaccepted message older than this no longer counts. */
export const UNACCEPTED_MS = 30_000

/** The relay takes over after this: longer than a slow disk, shorter than a person's patience. */
export const SEND_TIMEOUT_MS = 3_000
/** From offer to both channels open; TURN with bad credentials raises no event, so the limit is our own. */
export const CONNECT_TIMEOUT_MS = 8_000
/** A lost offer or answer is sent again at this pace; the receiver drops doubles. */
export const RESEND_MS = 1_500
/** An offer that nobody answers gives way after this to one that the other paid for: it was repeated twice by then. */
export const YIELD_MS = 2 * RESEND_MS
/** Local candidates come within milliseconds of each other: one signal instead of ten. */
export const CANDIDATE_BATCH_MS = 10
/** After the answer the offering side waits this long for the answer's candidates before it tells its own. */
export const CANDIDATE_HOLD_MS = 200
/** Per session and direction. */
export const MAX_CANDIDATES = 32
/** Sessions whose candidates came before their offer. */
export const MAX_EARLY_SESSIONS = 4
/** Session ids remembered per device, so that a late double of an old offer starts nothing. */
export const MAX_SEEN_SESSIONS = 64

/**
 * An offer that is kept on the ledger waits so long for its answer: bundles older than three minutes are ignored there, two
 * clocks may each be a minute wrong, and the answer itself takes seconds.
 */
export const WHOLE_ANSWER_MS = 6 * 60_000
/** From the written answer to the open channels: polling, slower behind a ledger that was away, ICE and a lost DTLS hello. */
export const WHOLE_CONNECT_MS = 30_000
/** STUN servers answer within a second or not at all; without any, gathering ends at once. */
export const WHOLE_GATHER_MS = 2_000
/** From the written answer until it was read with polling of 1 s; a check of the other side comes earlier where it can come. */
export const WHOLE_HOLD_MS = 1_500

/** A path is dead after two pings without an answer, the second sent when the first is late. */
export const PING_INTERVAL_MS = 5_000
export const PING_TIMEOUT_MS = 1_500
/** A message without an accept after this makes us ask whether the path is there at all. */
export const DOUBT_MS = 1_000
export const MAX_MISSED_PINGS = 2
/** How long an open path has to prove itself when its other side sends a new offer. */
export const PROBE_MS = 1_000
/** Pings answered per second, so that a flood of them costs nothing. */
export const PINGS_PER_SECOND = 20

export const RETRY_FIRST_MS = 1_000
export const RETRY_MOST_MS = 5 * 60_000
/** Attempts by ourselves after a failure; then the caller's next `connect` (on presence) begins again. */
export const MAX_SELF_RETRIES = 6
/** A path that lived this long clears the failures before it. */
export const STABLE_MS = 30_000

/** Direct paths at once: about 0.5 MB each in the peer process. */
export const MAX_PATHS = 64
/** Devices with any state (back-off, seen sessions). */
export const MAX_LINKS = 512
export const IDLE_MS = 10 * 60_000
export const SWEEP_MS = 30_000
/** Signals taken from one device: bursts of a busy negotiation pass, a flood does not. */
export const SIGNALS_BURST = 200
export const SIGNALS_PER_SECOND = 20

/** The peer process beats once a second; it is killed when it is silent for five (twenty while it starts). */
export const HEARTBEAT_MS = 1_000
export const MAX_MISSED_BEATS = 5
export const MAX_STARTING_BEATS = 20
export const RESTART_FIRST_MS = 200
export const RESTART_MOST_MS = 5_000
/** More deaths than this in `DEATHS_WINDOW_MS` and we wait for the whole window: something is wrong with the machine. */
export const MAX_DEATHS = 5
export const DEATHS_WINDOW_MS = 60_000
/** How long the peer process has to close its connections when asked to stop. */
export const STOP_MS = 2_000

/** A TLS connection within one network is offered, dialled and proved within this. */
export const LAN_OFFER_MS = 4_000
/** Connections that have not proved themselves: one is the right one, the rest are of strangers on the network. */
export const MAX_LAN_KNOCKS = 4
/** TCP has back-pressure: beyond this nothing is read. */
export const MAX_LAN_UNTAKEN_BYTES = 8 * 1024 * 1024

/** One transfer of bulk data: held in memory whole on both sides. */
export const MAX_DATA_BYTES = 16 * 1024 * 1024
/** Transfers at once to one device, and from one device. */
export const MAX_SENDING = 8
export const MAX_RECEIVING = 4
/** Memory for data from all devices together that is on its way or not accepted yet. */
export const MAX_RECEIVING_BYTES = 64 * 1024 * 1024
/** What a sender may send before the first credit comes: one round trip saved. */
export const DATA_FIRST_CREDIT = 256 * 1024
/** How far a sender may be ahead: 33 MB/s at 40 ms round trip and three times that (PROTOCOL section 6, measured). */
export const RECEIVE_WINDOW = 4 * 1024 * 1024
/** A credit for so many bytes, or after so long: each one is four messages between processes. */
export const DATA_CREDIT_EVERY = 256 * 1024
export const DATA_CREDIT_MS = 5
/** Bytes under way on one path: between four chunks and RECEIVE_WINDOW, by how late the credits come. */
export const MIN_DATA_WINDOW = 256 * 1024
export const FIRST_DATA_WINDOW = 1024 * 1024
/** Bytes that waited longer than this beyond the round trip stood in a queue: a chat message would have, too. */
export const DATA_DELAY_MS = 100
/** No byte further for so long: the transfer is over. */
export const DATA_STALL_MS = 20_000
/** The slowest transfer: 16 MiB at 30 KB/s; slower ones only hold memory. */
export const MAX_TRANSFER_MS = 10 * 60_000
/** How long the application has to accept what it was given. */
export const DATA_ACCEPT_MS = 10_000
