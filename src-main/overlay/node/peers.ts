import { backoff, type Clock, type Log, type Random } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type { LinkBody, LinkFrame, LinkFrameName, LinkInput, NodeRecordValue, SendRequest } from '../../wire/index.ts'
import { MAX_FRAME_NODES } from '../../wire/index.ts'
import { LIVE_RELAY_MS, NODE_REQUEST_MS, PING_MS, RECONNECT_FIRST_MS, RECONNECT_MOST_MS } from '../constants.ts'
import type { Connection } from '../link/connection.ts'
import { dial } from '../link/dial.ts'
import { dialable } from '../link/address.ts'
import type { RelayPeers, Sender } from '../relay/relay.ts'
import type { SectorMap } from '../sector/map.ts'
import type { NodeAddress, SendResult } from '../types.ts'

/** A node that named itself (not the operator) and cannot be reached for so long is forgotten. */
const FORGET_MS = 3_600_000

interface Peer {
  node: NodeAddress
  given: boolean
  attempt: number
  seenAt: number
  nodeKey?: string
  connection?: Connection
  cancel: () => void
}

export interface PeersOptions {
  self: () => NodeRecordValue
  key: SigningKey
  given: readonly NodeAddress[]
  map: SectorMap
  chain: () => string | undefined
  clock: Clock
  random: Random
  log: Log
  /** A link to a peer opened: what it must be told. */
  onLinked: (record: NodeRecordValue) => void
  /** What a peer pushes. */
  onFrame: (frame: LinkFrame) => void
}

/**
 * This node's links to the other nodes: those given by hand, those that they name, and those that link here and are
 * found, when dialled back, to hold the key and certificate that they claim. Each node asks over its own links only.
 */
export class NodePeers implements RelayPeers {
  readonly #options: PeersOptions
  readonly #peers = new Map<string, Peer>()
  #running = false

  constructor(options: PeersOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = true
    for (const node of this.#options.given) this.#add(node, true)
  }

  stop(): void {
    this.#running = false
    for (const peer of this.#peers.values()) {
      peer.cancel()
      peer.connection?.close()
    }
    this.#peers.clear()
  }

  /** A node linked here, or was named by a peer: dial it, and believe what the dial proves. */
  learn(record: NodeRecordValue): void {
    try {
      this.#add(dialable(record), false)
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a node names an address that cannot be used')
    }
  }

  /** Linked now. */
  linked(): NodeRecordValue[] {
    return this.#options.map.all().filter((record) => this.#connection(record.nodeKey))
  }

  homes(address: string): { others: NodeRecordValue[]; here: boolean } {
    const self = this.#options.self().nodeKey
    const homes = this.#options.map.homes(address)
    return {
      others: homes.filter(({ nodeKey }) => nodeKey !== self),
      here: homes.some(({ nodeKey }) => nodeKey === self),
    }
  }

  async relay(node: NodeRecordValue, sender: Sender, send: SendRequest, live: boolean): Promise<SendResult> {
    const body = { sender: sender.address, senderDevice: sender.device, live, send }
    const { result } = await this.request(node, 'relay', body, 'sendResult', live ? LIVE_RELAY_MS : 2 * LIVE_RELAY_MS)
    return result.$kind
  }

  /** A request to another node over this node's link; rejects with `offline` at once where there is none. */
  async request<N extends LinkFrameName, A extends LinkFrameName>(
    node: NodeRecordValue,
    name: N,
    body: LinkInput<N>,
    answer: A,
    ms: number = NODE_REQUEST_MS,
  ): Promise<LinkBody<A>> {
    const connection = this.#connection(node.nodeKey)
    if (!connection) throw new ParleyError('offline', 'The other node cannot be reached.', { retryAfter: 1_000 })
    return connection.request(name, body, answer, ms)
  }

  #connection(nodeKey: string): Connection | undefined {
    for (const peer of this.#peers.values())
      if (peer.nodeKey === nodeKey && peer.connection && !peer.connection.closed) return peer.connection
    return undefined
  }

  #add(node: NodeAddress, given: boolean): void {
    const { fingerprint } = node
    if (!this.#running || fingerprint === this.#options.self().fingerprint) return
    if (this.#peers.has(fingerprint) || this.#peers.size >= MAX_FRAME_NODES - 1) return
    const now = this.#options.clock.now()
    const peer: Peer = { node, given, attempt: 0, seenAt: now, cancel: () => {} }
    this.#peers.set(fingerprint, peer)
    void this.#dial(peer)
  }

  async #dial(peer: Peer): Promise<void> {
    const { key, random, log, map } = this.#options
    try {
      const chain = this.#options.chain()
      if (chain === undefined) throw new ParleyError('ledger_unreachable', 'The chain is not known yet.')
      const credentials = { role: 'node', record: this.#options.self(), key } as const
      const { connection, nodeKey, welcome } = await dial({ node: peer.node, credentials, chain, random, log })
      if (!this.#running) return connection.close()
      Object.assign(peer, { attempt: 0, connection, nodeKey })
      connection.handle((frame) => this.#options.onFrame(frame))
      connection.onClose(() => this.#retry(peer))
      const record = { nodeKey, fingerprint: peer.node.fingerprint, endpoints: [...peer.node.endpoints], object: null }
      map.set(record)
      for (const other of welcome.nodes) this.learn(other)
      this.#ping(peer, connection)
      this.#options.onLinked(record)
    } catch (error) {
      log.debug({ reason: toParleyError(error).code, endpoints: peer.node.endpoints }, 'another node cannot be reached')
      if (peer.connection === undefined || peer.connection.closed) this.#retry(peer)
    }
  }

  #ping(peer: Peer, connection: Connection): void {
    peer.seenAt = this.#options.clock.now()
    peer.cancel = this.#options.clock.after(PING_MS, () => {
      connection.request('ping', {}, 'pong', NODE_REQUEST_MS).then(
        () => this.#ping(peer, connection),
        () => connection.close(),
      )
    })
  }

  #retry(peer: Peer): void {
    peer.cancel()
    if (!this.#running) return
    const { clock, random, map } = this.#options
    if (!peer.given && clock.now() - peer.seenAt > FORGET_MS) {
      this.#peers.delete(peer.node.fingerprint)
      if (peer.nodeKey) map.remove(peer.nodeKey)
      return
    }
    const wait = backoff(peer.attempt++, RECONNECT_FIRST_MS, RECONNECT_MOST_MS, random)
    peer.cancel = clock.after(wait, () => void this.#dial(peer))
  }
}
