import { type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { type Clock, deadline, sleep, toHex } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import { type ClusteredStateOptions, LOG_BYTES } from './options.ts'
import { cureOf } from './refusals.ts'
import { SnapshotStore } from './snapshot-store.ts'
import { stopping } from './connect.ts'
import { ensureLog, findLog, incarnationIn, type LogStream, raise } from './stream.ts'
import { findOwnState } from './take-over.ts'

const RETRY_MS = 250
const REQUEST_MS = 2_000
/** A log that has no leader yet is silent: it is asked again soon. */
const JOIN_REQUEST_MS = 500
/** As many as survive one loss. */
const REPLICAS = 3
/** Servers that start together find each other within seconds. */
const SERVERS_MS = 20_000

/** A state's log in the cluster, found or made. */
export interface Joined {
  manager: JetStreamManager
  stream: LogStream
  store: SnapshotStore
  /** Copies that the cluster is to keep. */
  replicas: number
  /** Where the log begins and ends now. */
  info: StreamInfo
}

/** Runs the work until it is done; see `Persistence`. */
export type Insist = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Finds or makes the log, in as many copies as are wanted. Throws `conflict` for another node's, or where this node has a state of its
 * own that is another, and `not_supported` where the cluster's operator has to change it: too few servers, too little storage, no JetStream.
 */
export async function joinLog(
  connection: NatsConnection,
  options: ClusteredStateOptions,
  insist: Insist,
): Promise<Joined> {
  const { name, nodeKey, random, clock, logBytes = LOG_BYTES, takeOver, replicas = REPLICAS } = options
  const own = findOwnState(takeOver)
  const settings = { name, nodeKey, replicas, logBytes, incarnation: own?.incarnation ?? toHex(random.bytes(16)) }
  const asking = await jetstreamManager(connection, { checkAPI: false, timeout: JOIN_REQUEST_MS })
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_MS })
  const store = new SnapshotStore(connection, asking, name, replicas)
  const until = clock.steady() + (options.serversMs ?? SERVERS_MS)
  const enough = <T>(work: () => Promise<T>) => insist(() => orRefuse(work, replicas, () => clock.steady() >= until))
  if (own && !(await enough(() => findLog(asking, name)))) await enough(() => own.put(store))
  const stream = await enough(() => ensureLog(asking, settings))
  const copies = await insist(() => findLog(asking, store.stream))
  if (copies) await enough(() => raise(asking, copies, replicas))
  const info = await settled(() => insist(() => asking.streams.info(name)), clock)
  const incarnation = incarnationIn(info)
  own?.settle(incarnation)
  return { manager, stream: { ...stream, incarnation }, store, replicas, info }
}

/**
 * Of several that begin a log at the same moment the cluster may say yes to each, and change its mind: whose it is, is what it says of an empty log twice
 * with a wait between. Who writes has waited so long.
 */
async function settled(look: () => Promise<StreamInfo>, clock: Clock): Promise<StreamInfo> {
  for (let before: string | undefined; ;) {
    const info = await look()
    if (info.state.last_seq > 0 || incarnationIn(info) === before) return info
    before = incarnationIn(info)
    await sleep(clock, RETRY_MS)
  }
}

/** A cluster that is too small for long, or keeps nothing, is its operator's to cure. */
async function orRefuse<T>(work: () => Promise<T>, replicas: number, isLate: () => boolean): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const cure = isLate() ? cureOf(error, replicas) : undefined
    throw cure === undefined ? error : new ParleyError('not_supported', cure, { cause: error })
  }
}

/** Tries again until it is done, `running` says no, or it is refused for good. */
export class Persistence {
  readonly #options: Pick<ClusteredStateOptions, 'clock' | 'log'>
  readonly #running: () => boolean
  #reason = ''

  constructor(options: Pick<ClusteredStateOptions, 'clock' | 'log'>, running: () => boolean) {
    this.#options = options
    this.#running = running
  }

  /** Throws `offline` after `ms`, with what the cluster answered last. */
  async within<T>(work: Promise<T>, ms: number): Promise<T> {
    this.#reason = ''
    try {
      return await deadline(work, ms, '')
    } catch (error) {
      if (!(error instanceof ParleyError) || error.code !== 'timeout') throw error
      const last = this.#reason && ` Its last answer: “${this.#reason}”.`
      throw new ParleyError('offline', `The NATS cluster is not ready.${last}`, { retryAfter: 1_000 })
    }
  }

  insist: Insist = async (work) => {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (error instanceof ParleyError && error.code !== 'offline') throw error
        if (!this.#running()) throw stopping()
        this.#waitFor(error)
        await sleep(this.#options.clock, RETRY_MS)
      }
    }
  }

  /** One line for each reason, however often it comes: it may be the operator's to cure, as too little storage. */
  #waitFor(error: unknown): void {
    const reason = error instanceof Error ? error.message : 'unknown'
    if (reason !== this.#reason) this.#options.log.warn({ reason }, 'waiting for the NATS cluster')
    this.#reason = reason
  }
}
