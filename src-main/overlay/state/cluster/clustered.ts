import { jetstream, type JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { deadline } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import { changesAfter } from '../changes.ts'
import type { Command } from '../commands.ts'
import type { NodeDatabase } from '../database.ts'
import { Listeners } from '../listeners.ts'
import { stateLimits } from '../merge.ts'
import type { Commands, Fact, LocalState, NodeBus } from '../types.ts'
import { Applier } from './applier.ts'
import { NatsBus } from './bus.ts'
import { connectCluster, stopping } from './connect.ts'
import { openCopy } from './copy.ts'
import { Giver } from './giver.ts'
import { type ClusterHealth, ClusterWatch } from './health.ts'
import { joinLog, Persistence } from './joining.ts'
import { ANSWER_MS, type ClusteredStateOptions, LOG_BYTES, SNAPSHOT_EVERY, SNAPSHOT_SHARE } from './options.ts'
import { incarnationOf } from './position.ts'
import { LogReader } from './reader.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import { Snapshots } from './snapshots.ts'
import type { LogStream } from './stream.ts'

/** A cluster that elects its leaders takes some seconds; a long log behind a snapshot is read within this too. */
const START_MS = 60_000
const REQUEST_MS = 2_000
/** What a NATS server takes unless told otherwise. */
const MAX_PAYLOAD = 1024 * 1024

/** The state of a node that is several processes, with what they tell each other; `bus` works from `start` to `stop`. */
export interface ClusteredState extends LocalState {
  readonly bus: NodeBus
  /** How far in the cluster's log this process is. */
  readonly position: number
  /** How the cluster does; undefined before `start` and after `stop`. */
  health(): ClusterHealth | undefined
}

/**
 * Commands go to one JetStream stream; each process applies them in its order to its own SQLite copy. `start` throws
 * `invalid_params`, `unauthorized`, `offline`, `conflict` (the cluster's state is of another node key), `not_supported` (its operator has to
 * change it), `storage_damaged`. `stop` ends a start that waits: it throws `offline` then.
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
  watch: ClusterWatch
}

class RunningState implements ClusteredState {
  readonly #options: ClusteredStateOptions
  readonly #listeners: Listeners
  readonly #arrivals = new Set<() => void>()
  readonly #patience: Persistence
  #stopping: AbortController | undefined
  #connection: NatsConnection | undefined
  #parts: Parts | undefined
  #failure: ParleyError | undefined
  #catchingUp = false
  #bytes = 0

  constructor(options: ClusteredStateOptions) {
    this.#options = options
    this.#patience = new Persistence(options, () => this.#connection !== undefined)
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

  health(): ClusterHealth | undefined {
    return this.#parts?.watch.status()
  }

  async start(): Promise<void> {
    if (this.#stopping) return
    const { signal } = (this.#stopping = new AbortController())
    try {
      this.#connection = await connectCluster(this.#options, signal)
      await this.#patience.within(this.#join(this.#connection), START_MS)
    } catch (error) {
      if (this.#stopping?.signal === signal) await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    const [parts, connection] = [this.#parts, this.#connection]
    this.#stopping?.abort()
    this.#stopping = undefined
    this.#parts = undefined
    this.#connection = undefined
    parts?.giver.stop()
    parts?.reader.stop()
    parts?.applier.stop()
    parts?.bus.stop()
    parts?.watch.stop()
    await parts?.snapshots.stop()
    await connection?.close()
    parts?.database.close()
    this.#tellArrivals()
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
    const { insist } = this.#patience
    const joined = await joinLog(connection, this.#options, insist)
    const { manager, stream, store } = joined
    const { first_seq: first, last_seq: last } = joined.info.state
    if (this.#connection !== connection) throw stopping()
    void connection.closed().then(() => this.#fail(new ParleyError('offline', 'The NATS cluster has ended the link.')))
    const database = openCopy(this.#options.path, stream.incarnation, last)
    const watch = new ClusterWatch(joined, this.#options, () => this.#parts?.giver.ping())
    const parts = this.#assemble({ connection, manager, stream, database, watch }, store)
    this.#parts = parts
    if (parts.applier.position === 0 || parts.applier.next < first) await insist(() => this.#load(parts, first))
    if (this.#parts !== parts) throw stopping()
    parts.reader.start()
    await this.#reach(last)
    if (this.#parts !== parts) throw stopping()
    parts.bus.start()
    watch.start()
  }

  #assemble(
    given: Pick<Parts, 'connection' | 'manager' | 'stream' | 'database' | 'watch'>,
    store: SnapshotStore,
  ): Parts {
    const { clock, log, random, path, nodeKey } = this.#options
    const { connection, manager, stream, database } = given
    const giver = this.#giverOf(given)
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
    const { name, incarnation } = stream
    const snapshots = new Snapshots({ store, manager, stream: name, incarnation, database, path, clock, log })
    const prefix = `${name}.bus.${nodeKey}`
    const here = { process: giver.process, position: () => applier.position }
    const reached = (position: number, ms: number) =>
      deadline(this.#reach(position), ms, 'This process is behind.').then(
        () => true,
        () => false,
      )
    const bus = new NatsBus({ connection, prefix, ...here, reached, clock, random, log })
    return { ...given, applier, reader, giver, snapshots, bus }
  }

  #giverOf({ connection, stream, watch }: Pick<Parts, 'connection' | 'stream' | 'watch'>): Giver {
    const { clock, log, random, limits, answerMs = ANSWER_MS } = this.#options
    return new Giver({
      client: jetstream(connection, { timeout: REQUEST_MS }),
      subject: stream.subject,
      limits: stateLimits(limits),
      maxBytes: connection.info?.max_payload ?? MAX_PAYLOAD,
      answerMs,
      onAnswer: (answered) => watch.heard(answered),
      clock,
      random,
      log,
    })
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
    this.#parts?.snapshots.take()
  }

  /** The log begins behind what is here: the newest snapshot takes its place. */
  async #catchUp(): Promise<void> {
    const parts = this.#parts
    if (this.#catchingUp || !parts) return
    this.#catchingUp = true
    parts.reader.stop()
    await this.#patience
      .insist(async () => {
        const { state } = await parts.manager.streams.info(parts.stream.name)
        if (parts.applier.next < state.first_seq) await this.#load(parts, state.first_seq)
      })
      .catch((error: unknown) => this.#fail(error as ParleyError))
    this.#catchingUp = false
    if (this.#parts === parts) parts.reader.start()
  }

  /** Takes the cluster's newest snapshot. Throws `storage_damaged` where the log alone, from `first` on, is not enough. */
  async #load({ snapshots, applier }: Parts, first: number): Promise<void> {
    const loaded = await snapshots.load()
    applier.reset()
    this.#tellArrivals()
    if (!loaded && applier.next < first)
      throw new ParleyError('storage_damaged', "The cluster's log begins late and there is no snapshot.")
  }

  #fail(error: ParleyError): void {
    if (!this.#parts) return
    this.#failure = error
    this.#options.log.error({ err: error }, "the node cannot follow the cluster's log any more")
    this.#parts.reader.stop()
    this.#parts.giver.stop()
    this.#parts.watch.ended()
  }

  #needed(): Parts {
    if (!this.#parts) throw new ParleyError('offline', 'The node is not running.')
    return this.#parts
  }
}
