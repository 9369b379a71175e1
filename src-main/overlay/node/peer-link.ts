import { backoff, type Clock, type Log, type Random } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import { RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from '../constants.ts'
import type { Connection } from '../link/connection.ts'
import { dial, type Dialled, type LinkCredentials } from '../link/dial.ts'
import type { NodeAddress } from '../types.ts'

/** A silent node (cut off without a word) is known to be dead after both together. */
const PING_MS = 5_000
const PONG_MS = 3_000

export interface PeerLinkOptions {
  node: NodeAddress
  /** Hex, where it is known before the first link. */
  nodeKey?: string
  credentials: () => LinkCredentials
  chain: () => string | undefined
  clock: Clock
  random: Random
  log: Log
  onUp: (link: PeerLink, dialled: Dialled) => void
  /** A dial failed or the link broke; it will be dialled again. */
  onDown: (link: PeerLink) => void
}

/** One node that this node keeps a link to: dials again with back-off, pings, and tells when it is up or down. */
export class PeerLink {
  readonly node: NodeAddress
  nodeKey: string | undefined
  /** When it was last asked for something, or made. */
  usedAt: number
  /** When it last answered, or was made. */
  seenAt: number
  /** Dials that failed one after the other. */
  failures = 0
  readonly #options: PeerLinkOptions
  #connection: Connection | undefined
  #dialling: Promise<Connection> | undefined
  #checking = false
  #stopped = false
  #cancel = () => {}

  constructor(options: PeerLinkOptions) {
    this.#options = options
    this.node = options.node
    this.nodeKey = options.nodeKey
    this.usedAt = this.seenAt = options.clock.steady()
  }

  /** The open connection; undefined while there is none. */
  get connection(): Connection | undefined {
    return this.#connection?.closed ? undefined : this.#connection
  }

  start(): void {
    void this.#dial().catch(() => {})
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
    this.#connection?.close()
  }

  /** The connection, waiting for a dial that runs; rejects with `offline` while it waits to dial again. */
  connect(): Promise<Connection> {
    const { connection } = this
    if (connection) return Promise.resolve(connection)
    return this.#dialling ?? Promise.reject(unreachable())
  }

  /** It showed that it lives: dials now rather than when its time comes. */
  hasten(): void {
    if (this.#stopped || this.connection || this.#dialling) return
    this.#cancel()
    this.start()
  }

  /** It did not answer something: a ping tells whether it is alive at all. */
  check(): void {
    const { connection } = this
    if (!connection || this.#checking) return
    this.#checking = true
    connection
      .request('ping', {}, 'pong', PONG_MS)
      .then(
        () => (this.seenAt = this.#options.clock.steady()),
        (error: unknown) => {
          this.#options.log.debug({ err: error }, 'another node does not answer')
          connection.close()
        },
      )
      .finally(() => (this.#checking = false))
  }

  #dial(): Promise<Connection> {
    this.#dialling = this.#open().finally(() => (this.#dialling = undefined))
    return this.#dialling
  }

  async #open(): Promise<Connection> {
    const { credentials, random, log } = this.#options
    try {
      const chain = this.#options.chain()
      if (chain === undefined) throw new ParleyError('ledger_unreachable', 'The chain is not known yet.')
      const dialled = await dial({ node: this.node, credentials: credentials(), chain, random, log })
      const { connection, nodeKey } = dialled
      if (this.#stopped) {
        connection.close()
        throw unreachable()
      }
      this.nodeKey = nodeKey
      this.failures = 0
      this.seenAt = this.#options.clock.steady()
      this.#connection = connection
      this.#options.onUp(this, dialled)
      connection.onClose(() => this.#down())
      this.#ping()
      return connection
    } catch (error) {
      log.debug({ reason: toParleyError(error).code, endpoints: this.node.endpoints }, 'another node cannot be reached')
      this.#down()
      throw error
    }
  }

  #ping(): void {
    this.#cancel()
    this.#cancel = this.#options.clock.after(PING_MS, () => {
      if (!this.connection) return
      this.check()
      this.#ping()
    })
  }

  #down(): void {
    this.#cancel()
    if (this.#stopped) return
    const { clock, random } = this.#options
    const wait = backoff(this.failures++, RECONNECT_FIRST_MS, RECONNECT_MOST_MS, random)
    this.#cancel = clock.after(wait, () => this.start())
    this.#options.onDown(this)
  }
}

function unreachable(): ParleyError {
  return new ParleyError('offline', 'The other node cannot be reached.', { retryAfter: 1_000 })
}
