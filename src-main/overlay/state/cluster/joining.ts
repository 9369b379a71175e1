import { type JetStreamManager, jetstreamManager, type StreamInfo } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { sleep, toHex } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import { type ClusteredStateOptions, LOG_BYTES } from './options.ts'
import { SnapshotStore } from './snapshot-store.ts'
import { ensureLog, findLog, type LogStream } from './stream.ts'
import { findOwnState } from './take-over.ts'

const RETRY_MS = 250
const REQUEST_MS = 2_000
/** A log that has no leader yet is silent: it is asked again soon. */
const JOIN_REQUEST_MS = 500
/** As many as survive one loss. */
const MOST_REPLICAS = 3

/** A state's log in the cluster, found or made. */
export interface Joined {
  manager: JetStreamManager
  stream: LogStream
  store: SnapshotStore
  /** Where the log begins and ends now. */
  info: StreamInfo
}

/** Runs the work until it is done; see `Persistence`. */
export type Insist = <T>(work: () => Promise<T>) => Promise<T>

/** Finds or makes the log. Throws `conflict` for another node's, or where this node has a state of its own that is another. */
export async function joinLog(
  connection: NatsConnection,
  options: ClusteredStateOptions,
  insist: Insist,
): Promise<Joined> {
  const { name, nodeKey, random, logBytes = LOG_BYTES, takeOver } = options
  const replicas = options.replicas ?? Math.min(MOST_REPLICAS, connection.info?.connect_urls?.length || 1)
  const own = findOwnState(takeOver)
  const settings = { name, nodeKey, replicas, logBytes, incarnation: own?.incarnation ?? toHex(random.bytes(16)) }
  const asking = await jetstreamManager(connection, { checkAPI: false, timeout: JOIN_REQUEST_MS })
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_MS })
  const store = new SnapshotStore(connection, asking, name, replicas)
  if (own && !(await insist(() => findLog(asking, name)))) await insist(() => own.put(store))
  const stream = await insist(() => ensureLog(asking, settings))
  own?.settle(stream.incarnation)
  return { manager, stream, store, info: await insist(() => asking.streams.info(name)) }
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

  insist: Insist = async (work) => {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (error instanceof ParleyError && error.code !== 'offline') throw error
        if (!this.#running()) throw new ParleyError('offline', 'The node is stopping.')
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
