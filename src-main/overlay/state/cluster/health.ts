import type { StreamInfo } from '@nats-io/jetstream'
import type { Clock, Log } from '../../../base/index.ts'
import type { Joined } from './joining.ts'

/** So often the cluster is asked how it does; with a manager's 2 s for an answer, silence is known within four. */
const LOOK_MS = 2_000

/** How the cluster does that a process keeps its state in. */
export interface ClusterHealth {
  /** `away`: nothing can be stored now. */
  state: 'connected' | 'away'
  /** Since when, milliseconds since 1970. */
  since: number
  /** Copies of the state: those that should be, and those that are up to date. */
  replicas: { wanted: number; current: number }
}

/** Watches whether the cluster can store: it has a leader for the log, and takes what is given to it. */
export class ClusterWatch {
  readonly #joined: Joined
  readonly #options: { clock: Clock; log: Log }
  readonly #ping: () => void
  #state: ClusterHealth['state'] = 'connected'
  #since: number
  /** The same by the clock that never leaps. */
  #sinceSteady: number
  #current: number
  #hasLeader = true
  #takes = true
  #warnedOf = 0
  #running = true
  #cancel = () => {}

  /** `ping` gives the cluster something to store that means nothing: only its coming by shows that it stores again. */
  constructor(joined: Joined, options: { clock: Clock; log: Log }, ping: () => void) {
    this.#joined = joined
    this.#options = options
    this.#ping = ping
    this.#since = options.clock.now()
    this.#sinceSteady = options.clock.steady()
    this.#current = copiesOf(joined.info)
  }

  status(): ClusterHealth {
    const replicas = { wanted: this.#joined.replicas, current: this.#current }
    return { state: this.#state, since: this.#since, replicas }
  }

  start(): void {
    this.#tellCopies()
    this.#lookSoon()
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  /** Something was given to the cluster: whether it was taken. */
  heard(taken: boolean): void {
    this.#takes = taken
    this.#settle()
  }

  /** This process cannot follow the cluster any more. */
  ended(): void {
    this.stop()
    this.#hasLeader = false
    this.#settle()
  }

  #lookSoon(): void {
    this.#cancel = this.#options.clock.after(LOOK_MS, () => void this.#look())
  }

  async #look(): Promise<void> {
    const { manager, stream } = this.#joined
    if (!this.#takes) this.#ping()
    const info = await manager.streams.info(stream.name).catch(() => undefined)
    if (!this.#running) return
    this.#hasLeader = info !== undefined && (info.cluster === undefined || Boolean(info.cluster.leader))
    this.#current = info && this.#hasLeader ? copiesOf(info) : 0
    this.#settle()
    if (this.#hasLeader) this.#tellCopies()
    this.#lookSoon()
  }

  #settle(): void {
    const { clock, log } = this.#options
    const state = this.#hasLeader && this.#takes ? 'connected' : 'away'
    if (state === this.#state) return
    const forMs = Math.round(clock.steady() - this.#sinceSteady)
    this.#state = state
    this.#since = clock.now()
    this.#sinceSteady = clock.steady()
    if (state === 'away') log.warn({}, 'the NATS cluster is away: nothing can be stored')
    else log.warn({ forMs }, 'the NATS cluster is back')
  }

  /** One line for each number of copies. */
  #tellCopies(): void {
    const { log } = this.#options
    const wanted = this.#joined.replicas
    const current = this.#current
    if (current === this.#warnedOf) return
    if (current < wanted) log.warn({ current, wanted }, 'the NATS cluster keeps fewer copies of the state than wanted')
    else if (this.#warnedOf > 0) log.info({ current }, 'the NATS cluster keeps all copies of the state again')
    this.#warnedOf = current < wanted ? current : 0
  }
}

/** A server that is alone says nothing of a cluster. */
function copiesOf({ cluster }: StreamInfo): number {
  if (!cluster) return 1
  return (
    (cluster.leader ? 1 : 0) + (cluster.replicas ?? []).filter(({ current, offline }) => current && !offline).length
  )
}
