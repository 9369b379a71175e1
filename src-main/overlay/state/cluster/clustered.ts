import { jetstream, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { type Clock, deadline, type Log, type Random, sleep, toHex } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import { changesAfter } from '../changes.ts'
import type { Command } from '../commands.ts'
import { type NodeDatabase } from '../database.ts'
import { Listeners } from '../listeners.ts'
import type { StateLimits } from '../merge.ts'
import type { Commands, Fact, LocalState, NodeBus } from '../types.ts'
import { Applier } from './applier.ts'
import { NatsBus } from './bus.ts'
import { type ClusterAddress, connectCluster } from './connect.ts'
import { openCopy } from './copy.ts'
import { Giver } from './giver.ts'
import { incarnationOf } from './position.ts'
import { LogReader } from './reader.ts'
import { Snapshots } from './snapshots.ts'
import { ensureLog, type LogStream } from './stream.ts'
import { takeOver } from './take-over.ts'

/** A cluster that elects its leaders takes some seconds; a long log behind a snapshot is read within this too. */
const START_MS = 60_000
const RETRY_MS = 250
const REQUEST_MS = 2_000
/** A log that has no leader yet is silent: it is asked again soon. */
const JOIN_REQUEST_MS = 500
/** What a NATS server takes unless told otherwise. */
const MAX_PAYLOAD = 1024 * 1024
/** As many as survive one loss. */
const MOST_REPLICAS = 3
/** A change of the log's leader takes 4 to 9 s; a client waits for 14. */
const ANSWER_MS = 10_000
const SNAPSHOT_EVERY = 5_000
const LOG_BYTES = 1024 * 1024 * 1024
/** A snapshot is taken when so much of the log's room is used, however few messages it is. */
const SNAPSHOT_SHARE = 4

export interface ClusteredStateOptions extends ClusterAddress {
  /** Of the state within the cluster: letters, digits, `-` and `_`. */
  name: string
  /** Hex of the node's public key: all processes of one state have the same. */
  nodeKey: string
  /** SQLite file of this process's own copy; no other process may have it. */
  path: string
  /** Database of the node when it was one process: what it has goes into the cluster, then it is renamed. */
  takeOver?: string
  /** Copies that the cluster keeps of its log; as many as it has servers, at most three, where it is absent. */
  replicas?: number
  /** Messages of the log from one snapshot to the next. */
  snapshotEvery?: number
  /** Bytes of the log that the cluster keeps at most. */
  logBytes?: number
  /** Milliseconds until a command is answered `offline`. */
  answerMs?: number
  limits: StateLimits
  clock: Clock
  random: Random
  log: Log
}

/** The state of a node that is several processes, with what they tell each other; `bus` works from `start` to `stop`. */
export interface ClusteredState extends LocalState {
  readonly bus: NodeBus
  /** How far in the cluster's log this process is. */
  readonly position: number
}

/**
 * Commands go to one JetStream stream; each process applies them in its order to its own SQLite copy. `start` throws
 * `invalid_params`, `unauthorized`, `offline`, `conflict` (the cluster's state is of another node key), `storage_damaged`.
 */
export function createClusteredState(options: ClusteredStateOptions): ClusteredState {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(options.name))
    throw new ParleyError('invalid_params', 'The name of a state has letters, digits, - and _ only.')
  return new RunningState(options)
}

/** What there is between `start` and `stop`. */
interface Parts {
  connection: NatsConnection
  manager: JetStreamManager
  stream: LogStream
  database: NodeDatabase
  applier: Applier
  reader: LogReader
  giver: Giver
  snapshots: Snapshots
  bus: NatsBus
}

class RunningState implements ClusteredState {
  readonly #options: ClusteredStateOptions
  readonly #listeners: Listeners
  readonly #arrivals = new Set<() => void>()
  #connection: NatsConnection | undefined
  #parts: Parts | undefined
  #failure: ParleyError | undefined
  #reason = ''
  #catchingUp = false
  #bytes = 0

  constructor(options: ClusteredStateOptions) {
    this.#options = options
    this.#listeners = new Listeners((error) => options.log.error({ err: error }, 'a listener of the state failed'))
  }

  get rows(): NodeDatabase {
    return this.#needed().database
  }

  get incarnation(): string {
    return incarnationOf(this.rows)
  }

  get position(): number {
    return this.#needed().applier.position
  }

  get bus(): NodeBus {
    return this.#needed().bus
  }

  async start(): Promise<void> {
    if (this.#connection) return
    this.#connection = await connectCluster(this.#options)
    try {
      await deadline(this.#join(this.#connection), START_MS, 'The NATS cluster does not answer.', 'offline')
      if (this.#options.takeOver !== undefined) await takeOver(this.#options.takeOver, this, this.#options.clock)
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    const [parts, connection] = [this.#parts, this.#connection]
    this.#parts = undefined
    this.#connection = undefined
    parts?.giver.stop()
    parts?.reader.stop()
    parts?.applier.stop()
    parts?.bus.stop()
    await parts?.snapshots.stop()
    await connection?.close()
    parts?.database.close()
  }

  async apply<K extends keyof Commands>(kind: K, command: Commands[K]['command']): Promise<Commands[K]['result']> {
    if (this.#failure) throw this.#failure
    if (!this.#parts) throw new ParleyError('offline', 'The node is stopping.')
    return (await this.#parts.giver.give({ kind, command } as Command)) as Commands[K]['result']
  }

  onApplied(listener: (facts: readonly Fact[]) => void): () => void {
    return this.#listeners.add(listener)
  }

  changes(after: number, limit: number, wanted: (address: string) => boolean) {
    return changesAfter(this.rows, after, limit, wanted)
  }

  /** Finds or makes the log, and reads it to its end. */
  async #join(connection: NatsConnection): Promise<void> {
    const { path, random, name, nodeKey } = this.#options
    const replicas = this.#options.replicas ?? Math.min(MOST_REPLICAS, connection.info?.connect_urls?.length || 1)
    const logBytes = this.#options.logBytes ?? LOG_BYTES
    const settings = { name, nodeKey, replicas, logBytes, incarnation: toHex(random.bytes(16)) }
    const asking = await jetstreamManager(connection, { checkAPI: false, timeout: JOIN_REQUEST_MS })
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: REQUEST_MS })
    const stream = await this.#insist(() => ensureLog(asking, settings))
    const { state } = await this.#insist(() => asking.streams.info(stream.name))
    if (!this.#connection) return
    const database = openCopy(path, stream.incarnation, state.last_seq)
    const parts = this.#assemble({ connection, manager, stream, database }, replicas)
    this.#parts = parts
    if (parts.applier.next < state.first_seq) await this.#insist(() => this.#load(parts))
    parts.reader.start()
    await this.#reach(state.last_seq)
    parts.bus.start()
  }

  #assemble(given: Pick<Parts, 'connection' | 'manager' | 'stream' | 'database'>, replicas: number): Parts {
    const { clock, log, random, path, limits, nodeKey } = this.#options
    const { connection, manager, stream, database } = given
    const { mailbox, mailboxPerSender } = limits
    const giver = new Giver({
      client: jetstream(connection, { timeout: REQUEST_MS }),
      subject: stream.subject,
      limits: { mailbox, mailboxPerSender },
      maxBytes: connection.info?.max_payload ?? MAX_PAYLOAD,
      answerMs: this.#options.answerMs ?? ANSWER_MS,
      clock,
      random,
      log,
    })
    const applier: Applier = new Applier({
      database,
      clock,
      log,
      onBatch: (batch, outcomes, seq) => {
        if (batch.process !== giver.process) return
        giver.applied(batch.number, outcomes)
        if (this.#isSnapshotDue(seq)) this.#snapshot()
      },
      onFacts: (facts) => this.#listeners.tell(facts),
      onGap: () => void this.#catchUp(),
      onFailure: (error) => this.#fail(error),
      onAdvance: () => this.#tellArrivals(),
    })
    const reader = new LogReader({
      connection,
      manager,
      stream: stream.name,
      clock,
      log,
      from: () => applier.next,
      onMessage: (seq, bytes) => {
        this.#bytes += bytes.length
        applier.push(seq, bytes)
      },
      onIdle: (done) => applier.whenIdle(done),
    })
    const snapshots = new Snapshots({ connection, manager, stream: stream.name, replicas, database, path, log })
    const prefix = `${stream.name}.bus.${nodeKey}`
    const here = { process: giver.process, position: () => applier.position }
    const reached = (position: number, ms: number) =>
      deadline(this.#reach(position), ms, 'This process is behind.').then(
        () => true,
        () => false,
      )
    const bus = new NatsBus({ connection, prefix, ...here, reached, clock, random, log })
    return { ...given, applier, reader, giver, snapshots, bus }
  }

  /** Resolves when this copy is so far. */
  #reach(position: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#parts && this.#parts.applier.position < position) return
        this.#arrivals.delete(look)
        resolve()
      }
      this.#arrivals.add(look)
      look()
    })
  }

  #tellArrivals(): void {
    for (const look of [...this.#arrivals]) look()
  }

  #isSnapshotDue(seq: number): boolean {
    const { snapshotEvery = SNAPSHOT_EVERY, logBytes = LOG_BYTES } = this.#options
    return seq % snapshotEvery === 0 || this.#bytes > logBytes / SNAPSHOT_SHARE
  }

  #snapshot(): void {
    this.#bytes = 0
    this.#parts?.snapshots.take().catch((error: unknown) => {
      if (this.#parts) this.#options.log.warn({ err: error }, 'the state could not be put into the cluster')
    })
  }

  /** The log begins behind what is here: the newest snapshot takes its place. */
  async #catchUp(): Promise<void> {
    const parts = this.#parts
    if (this.#catchingUp || !parts) return
    this.#catchingUp = true
    parts.reader.stop()
    await this.#insist(async () => {
      const { state } = await parts.manager.streams.info(parts.stream.name)
      if (parts.applier.next < state.first_seq) await this.#load(parts)
    }).catch((error: unknown) => this.#fail(error as ParleyError))
    this.#catchingUp = false
    if (this.#parts === parts) parts.reader.start()
  }

  async #load({ snapshots, applier, stream, database }: Parts): Promise<void> {
    await snapshots.load()
    applier.reset()
    this.#tellArrivals()
    if (incarnationOf(database) !== stream.incarnation)
      throw new ParleyError('conflict', "The cluster's snapshot is of another state.")
  }

  /** Tries again until it is done, the state stops, or it is refused for good. */
  async #insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (error instanceof ParleyError && error.code !== 'offline') throw error
        if (!this.#connection) throw new ParleyError('offline', 'The node is stopping.')
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

  #fail(error: ParleyError): void {
    if (!this.#parts) return
    this.#failure = error
    this.#options.log.error({ err: error }, "the node cannot follow the cluster's log any more")
    this.#parts.reader.stop()
    this.#parts.giver.stop()
  }

  #needed(): Parts {
    if (!this.#parts) throw new ParleyError('offline', 'The node is not running.')
    return this.#parts
  }
}
