import { backoff, type Clock, type Log, type Random } from '../../base/index.ts'
import { type ErrorCode, ParleyError, toParleyError } from '../../contract/index.ts'
import type { LinkBody, LinkFrame, LinkFrameName, LinkInput } from '../../wire/index.ts'
import { PING_MS, RECONNECT_FIRST_MS, RECONNECT_MOST_MS, REQUEST_MS } from '../constants.ts'
import type { Connection } from '../link/connection.ts'
import { dial, type Dialled, type LinkCredentials } from '../link/dial.ts'
import type { LinkStatus, NodeAddress } from '../types.ts'

/** A link that lived so long was good: two copies of one device that replace each other's links must not do so in a hurry. */
const STABLE_MS = 5_000

export interface NodeLinkOptions {
  node: NodeAddress
  credentials: LinkCredentials
  chain: string
  clock: Clock
  random: Random
  log: Log
  /** Linked anew: what the node must be told. */
  onLinked: (link: NodeLink, welcome: Dialled['welcome']) => void
  onFrame: (link: NodeLink, frame: LinkFrame) => void
  onStatus: () => void
}

/** One node that this device keeps a link to: dials again with back-off, pings, and knows how it stands. */
export class NodeLink {
  readonly node: NodeAddress
  /** Hex, once it has been linked. */
  nodeKey: string | undefined
  /** One-time key packages of this device that are left there. */
  stock: number | undefined
  readonly #options: NodeLinkOptions
  #connection: Connection | undefined
  #state: LinkStatus['state'] = 'stopped'
  #reason: ErrorCode | undefined
  #rttMs: number | undefined
  #attempt = 0
  #linkedAt: number | undefined
  #running = false
  #cancel = () => {}

  constructor(options: NodeLinkOptions) {
    this.#options = options
    this.node = options.node
  }

  /** The open connection; undefined while there is none. */
  get connection(): Connection | undefined {
    return this.#connection?.closed ? undefined : this.#connection
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
    this.#connection?.close()
    this.#set('stopped', undefined)
  }

  /** Rejects with `offline` where the link is down or goes down before the answer. */
  request<N extends LinkFrameName, A extends LinkFrameName>(
    name: N,
    body: LinkInput<N>,
    answer: A,
    ms: number = REQUEST_MS,
  ): Promise<LinkBody<A>> {
    const connection = this.connection
    if (!connection) return Promise.reject(new ParleyError('offline', 'The node is not linked.', { retryAfter: 1_000 }))
    return connection.request(name, body, answer, ms)
  }

  async #dial(): Promise<void> {
    this.#set('connecting', this.#reason)
    try {
      const { connection, nodeKey, welcome } = await dial(this.#options)
      if (!this.#running) return connection.close()
      this.#linkedAt = this.#options.clock.now()
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
    const before = performance.now()
    try {
      await connection.request('ping', {}, 'pong', REQUEST_MS)
      this.#rttMs = performance.now() - before
      this.#options.onStatus()
      if (!this.#running || connection.closed) return
      this.#cancel()
      this.#cancel = this.#options.clock.after(PING_MS, () => void this.#ping(connection))
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a node does not answer pings')
      connection.close()
    }
  }

  #wait(error: ParleyError): void {
    this.#cancel()
    if (!this.#running) return
    this.#set('waiting', error.code)
    const { clock, random, log, node } = this.#options
    log.debug({ reason: error.code, endpoints: node.endpoints }, 'a node is not linked')
    if (this.#linkedAt !== undefined && clock.now() - this.#linkedAt > STABLE_MS) this.#attempt = 0
    this.#linkedAt = undefined
    const wait = backoff(this.#attempt++, RECONNECT_FIRST_MS, RECONNECT_MOST_MS, random)
    this.#cancel = clock.after(
      Math.max(wait, Math.min(error.retryAfter ?? 0, RECONNECT_MOST_MS)),
      () => void this.#dial(),
    )
  }

  #set(state: LinkStatus['state'], reason: ErrorCode | undefined): void {
    this.#state = state
    this.#reason = reason
    this.#options.onStatus()
  }
}
