import { backoff, type Clock, type Log, type Random } from '../../base/index.ts'
import { type ErrorCode, ParleyError, toParleyError } from '../../contract/index.ts'
import type { LinkBody, LinkFrame, LinkFrameName, LinkInput } from '../../wire/index.ts'
import { PING_MS, RECONNECT_FIRST_MS, RECONNECT_MOST_MS, REQUEST_MS } from '../constants.ts'
import type { Connection } from '../link/connection.ts'
import type { FrameMeter } from '../link/types.ts'
import { dial, type Dialled, type LinkCredentials } from '../link/dial.ts'
import type { LinkStatus, NodeAddress } from '../types.ts'

/** A link that lived so long was good: two copies of one device that replace each other's links must not do so in a hurry. */
const STABLE_MS = 5_000
/** A dial that takes longer may be to a dead machine: another node is tried beside it. */
const LATE_MS = 2_500
/** A link that did not answer is asked once more, and given up without an answer in this time. */
const CHECK_MS = 3_000
/** The same where there is a reason to believe that it is not. */
const HURRIED_CHECK_MS = 1_000
/** Refusals that say something of this device and not of the node: another node would say the same. */
const OWN_FAULTS: ReadonlySet<ErrorCode> = new Set(['conflict', 'revoked', 'expired'])

/** What a ping ends with where nobody answers it. */
const SILENCE: ReadonlySet<ErrorCode> = new Set(['timeout', 'offline'])

export interface NodeLinkOptions {
  node: NodeAddress
  credentials: LinkCredentials
  chain: string
  clock: Clock
  random: Random
  log: Log
  /** Told of every frame's length. */
  meter?: FrameMeter
  /** Told what time it is at the node, ms since 1970. */
  onTime: (theirs: number) => void
  /** Linked anew: what the node must be told. */
  onLinked: (link: NodeLink, welcome: Dialled['welcome']) => void
  onFrame: (link: NodeLink, frame: LinkFrame) => void
  onStatus: () => void
  /** A dial takes long: a stand-in is needed perhaps. */
  onLate: () => void
  /** A dial failed or the link broke; it is dialled again later. */
  onDown: () => void
}

/** One node that this device keeps a link to: dials again with back-off, pings, and knows how it stands. */
export class NodeLink {
  readonly node: NodeAddress
  /** Hex, once it has been linked. */
  nodeKey: string | undefined
  /** One-time key packages of this device that are left there. */
  stock: number | undefined
  /** It was linked while its node was a home of this device. */
  wasHome = false
  readonly #options: NodeLinkOptions
  #connection: Connection | undefined
  #state: LinkStatus['state'] = 'stopped'
  #reason: ErrorCode | undefined
  #rttMs: number | undefined
  #attempt = 0
  #linkedAt: number | undefined
  #running = false
  #late = false
  #checking = false
  #cancel = () => {}
  #cancelLate = () => {}

  constructor(options: NodeLinkOptions) {
    this.#options = options
    this.node = options.node
  }

  /** The open connection; undefined while there is none. */
  get connection(): Connection | undefined {
    return this.#connection?.closed ? undefined : this.#connection
  }

  /** The node answers, and refuses this device for something that is wrong with it, or with the clock of one of them. */
  get isRefused(): boolean {
    return this.#reason !== undefined && OWN_FAULTS.has(this.#reason)
  }

  /** Linked, or dialled for the first time and not for long: no other node is needed in its place. */
  get isPromising(): boolean {
    if (this.connection || this.isRefused) return true
    return this.#attempt === 0 && !this.#late
  }

  /** Whether it leads to these endpoints, in this order. */
  isAt(endpoints: readonly string[]): boolean {
    return endpoints.every((endpoint, index) => this.node.endpoints[index] === endpoint)
  }

  status(home: boolean): LinkStatus {
    return {
      endpoint: this.node.endpoints[0] ?? '',
      state: this.#state,
      home,
      ...(this.#rttMs === undefined || this.#state !== 'connected' ? {} : { rttMs: this.#rttMs }),
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
    }
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    void this.#dial()
  }

  stop(): void {
    this.#running = false
    this.#cancel()
    this.#cancelLate()
    this.#connection?.close()
    this.#set('stopped', undefined)
  }

  /** Rejects with `offline` where the link is down or goes down before the answer. */
  async request<N extends LinkFrameName, A extends LinkFrameName>(
    name: N,
    body: LinkInput<N>,
    answer: A,
    ms: number = REQUEST_MS,
  ): Promise<LinkBody<A>> {
    const { connection } = this
    if (!connection) throw new ParleyError('offline', 'The node is not linked.', { retryAfter: 1_000 })
    try {
      return await connection.request(name, body, answer, ms)
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'timeout') this.check()
      throw error
    }
  }

  /** The network may have changed: an open link is checked, a closed one dialled without waiting for its turn. */
  hurry(): void {
    if (!this.#running) return
    if (this.connection) return this.check(HURRIED_CHECK_MS)
    if (this.#state !== 'waiting') return
    this.#cancel()
    this.#attempt = 0
    void this.#dial()
  }

  /** Something was not answered: a ping tells whether the node is there at all. */
  check(ms: number = CHECK_MS): void {
    const { connection } = this
    if (!connection || this.#checking) return
    this.#checking = true
    void this.#isThere(connection, ms).finally(() => (this.#checking = false))
  }

  /** Closes a link without an answer in time. Any answer will do: a node that was asked too much says so. */
  async #isThere(connection: Connection, ms: number): Promise<boolean> {
    try {
      await connection.request('ping', {}, 'pong', ms)
    } catch (error) {
      if (!SILENCE.has(toParleyError(error).code)) return true
      this.#options.log.debug({ err: error }, 'a node does not answer')
      connection.close()
      return false
    }
    return true
  }

  async #dial(): Promise<void> {
    this.#set('connecting', this.#reason)
    this.#cancelLate = this.#options.clock.after(LATE_MS, () => {
      this.#late = true
      this.#options.onLate()
    })
    try {
      const { connection, nodeKey, welcome } = await dial(this.#options)
      if (!this.#running) return connection.close()
      this.#cancelLate()
      this.#late = false
      this.#linkedAt = this.#options.clock.steady()
      this.#connection = connection
      this.nodeKey = nodeKey
      this.stock = welcome.stock
      this.#set('connected', undefined)
      connection.onClose((error) => this.#wait(error))
      this.#options.onLinked(this, welcome)
      connection.handle((frame) => this.#options.onFrame(this, frame))
      void this.#ping(connection)
    } catch (error) {
      this.#wait(toParleyError(error))
    }
  }

  async #ping(connection: Connection): Promise<void> {
    const { clock, onStatus } = this.#options
    const before = clock.steady()
    if (!(await this.#isThere(connection, REQUEST_MS))) return
    this.#rttMs = clock.steady() - before
    onStatus()
    if (!this.#running || connection.closed) return
    this.#cancel()
    this.#cancel = clock.after(PING_MS, () => void this.#ping(connection))
  }

  #wait(error: ParleyError): void {
    this.#cancel()
    this.#cancelLate()
    if (!this.#running) return
    this.#set('waiting', error.code)
    const { clock, random, log, node } = this.#options
    log.debug({ reason: error.code, endpoints: node.endpoints }, 'a node is not linked')
    if (this.#linkedAt !== undefined && clock.steady() - this.#linkedAt > STABLE_MS) this.#attempt = 0
    this.#linkedAt = undefined
    const wait = backoff(this.#attempt++, RECONNECT_FIRST_MS, RECONNECT_MOST_MS, random)
    // On top of what the node asks for, not instead: all whom it tells the same would come back in one burst.
    const asked = Math.min(error.retryAfter ?? 0, RECONNECT_MOST_MS)
    this.#cancel = clock.after(asked + wait, () => void this.#dial())
    this.#options.onDown()
  }

  #set(state: LinkStatus['state'], reason: ErrorCode | undefined): void {
    this.#state = state
    this.#reason = reason
    this.#options.onStatus()
  }
}
