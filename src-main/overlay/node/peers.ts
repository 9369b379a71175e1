import type { Clock, Log, Random } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type { LinkBody, LinkFrame, LinkFrameName, LinkInput, NodeRecordValue, SendRequest } from '../../wire/index.ts'
import { LIVE_RELAY_MS, MAX_NODE_LINKS, NODE_REQUEST_MS } from '../constants.ts'
import { dialable, sameEndpoints } from '../link/address.ts'
import type { Dialled } from '../link/dial.ts'
import type { Pace } from '../link/pace.ts'
import type { RelayPeers, Sector, Sender } from '../relay/types.ts'
import type { SectorMap } from '../sector/map.ts'
import type { NodeAddress, SendResult } from '../types.ts'
import { PeerLink } from './peer-link.ts'

/** In a large network the links to so many nearest nodes stay: they share addresses with this one. */
const NEAR = 64
/** A node that named itself (not the operator, not the registry) and cannot be reached for so long is forgotten. */
const FORGET_MS = 3_600_000
/** Somebody who claims to be a node and cannot be dialled is forgotten after so many dials, and so many wait at once. */
const UNPROVEN_DIALS = 4
const MAX_UNPROVEN = 64
/** Every envelope for a device that is away waits for this answer: a silent node must not hold it up for long. */
const FIND_MS = 1_000
/** Changes of the map are looked at together after this. */
const SETTLE_MS = 50

export interface PeersOptions {
  self: () => NodeRecordValue
  key: SigningKey
  given: readonly NodeAddress[]
  map: SectorMap
  /** Whether a node that was not given by hand may be dialled and come on the map. */
  admits: (node: Pick<NodeRecordValue, 'nodeKey' | 'fingerprint'>) => boolean
  chain: () => string | undefined
  clock: Clock
  random: Random
  log: Log
  /** A link to a peer opened: what it must be told. */
  onLinked: (record: NodeRecordValue) => void
  /** How fast all links with one other node are read. */
  pace: Pace
  /** What a peer pushes. */
  onFrame: (record: NodeRecordValue, frame: LinkFrame) => void
}

/**
 * This node's links to the other nodes: to all of a small network, to the near ones and those that it deals with of a
 * large one. Whoever is not registered counts once it was dialled and found to hold the key and certificate that it claims.
 * Each node asks over its own links only.
 */
export class NodePeers implements RelayPeers {
  readonly #options: PeersOptions
  /** By fingerprint, the one used longest ago first. */
  readonly #links = new Map<string, PeerLink>()
  readonly #byKey = new Map<string, PeerLink>()
  readonly #given: ReadonlySet<string>
  /** Node keys that are on the map because a dial proved them. */
  readonly #proven = new Set<string>()
  #pinned: ReadonlySet<string> = new Set()
  #running = false
  #settling: (() => void) | undefined
  #forgetListener = () => {}

  constructor(options: PeersOptions) {
    this.#options = options
    this.#given = new Set(options.given.map(({ fingerprint }) => fingerprint))
  }

  start(): void {
    this.#running = true
    for (const node of this.#options.given) this.#add(node)
    this.#forgetListener = this.#options.map.onChange(() => this.#settle())
    this.#settle()
  }

  stop(): void {
    this.#running = false
    this.#settling?.()
    this.#forgetListener()
    for (const link of this.#links.values()) link.stop()
    this.#links.clear()
    this.#byKey.clear()
  }

  /** A node linked here, or was named by a peer: it is dialled, and what the dial proves is believed. */
  learn(record: NodeRecordValue, linkedHere = false): void {
    const { map, log } = this.#options
    const known = this.#byKey.get(record.nodeKey)
    if (known) {
      if (!linkedHere) return
      map.setAlive(record.nodeKey, true)
      known.hasten()
    } else if (!this.#options.admits(record)) return
    try {
      if (known) return this.#believe(record, known)
      const unproven = [...this.#links.values()].filter((link) => link.nodeKey === undefined).length
      if (unproven < MAX_UNPROVEN + this.#given.size) this.#add(dialable(map.get(record.nodeKey) ?? record))
    } catch (error) {
      log.debug({ err: error }, 'a node names an address that cannot be used')
    }
  }

  /** The node says itself where others find it: the address given here by hand may be a tunnel of this node's own. */
  #believe(record: NodeRecordValue, { node }: PeerLink): void {
    const { map } = this.#options
    const known = map.get(record.nodeKey)
    if (!known || known.object !== null || node.fingerprint !== record.fingerprint) return
    const { endpoints } = dialable(record)
    if (!sameEndpoints(endpoints, known.endpoints)) map.set({ ...known, endpoints: [...endpoints] })
  }

  /** Linked now. */
  linked(): NodeRecordValue[] {
    return this.#options.map.all().filter(({ nodeKey }) => this.#byKey.get(nodeKey)?.connection)
  }

  /** Links and dials, at most MAX_NODE_LINKS. */
  get size(): number {
    return this.#links.size
  }

  sector(address: string): Sector {
    const { map } = this.#options
    const self = this.#options.self().nodeKey
    const candidates = map.candidates(address)
    const homes = map.homes(address)
    const isHome = new Set(homes.map(({ nodeKey }) => nodeKey))
    const others = homes.filter(({ nodeKey }) => nodeKey !== self)
    const rest = candidates.filter(({ nodeKey }) => nodeKey !== self && !isHome.has(nodeKey))
    const dead = rest.filter(({ nodeKey }) => !map.isAlive(nodeKey))
    return {
      others,
      here: isHome.has(self),
      first: homes[0]?.nodeKey === self,
      candidate: candidates.some(({ nodeKey }) => nodeKey === self),
      spare: [...rest.filter((node) => !dead.includes(node)), ...dead],
    }
  }

  async relay(node: NodeRecordValue, sender: Sender, send: SendRequest, live: boolean): Promise<SendResult> {
    const body = { sender: sender.address, senderDevice: sender.device, live, send }
    const { result } = await this.request(node, 'relay', body, 'sendResult', live ? LIVE_RELAY_MS : 2 * LIVE_RELAY_MS)
    return result.$kind
  }

  async findDevice(node: NodeRecordValue, address: string, device: string): Promise<boolean> {
    return (await this.request(node, 'findDevice', { address, device }, 'deviceFound', FIND_MS)).linked
  }

  /** A request to another node over this node's link, dialled where there is none. Rejects with `offline` or its refusal. */
  async request<N extends LinkFrameName, A extends LinkFrameName>(
    node: NodeRecordValue,
    name: N,
    body: LinkInput<N>,
    answer: A,
    ms: number = NODE_REQUEST_MS,
  ): Promise<LinkBody<A>> {
    if (!this.#running) throw new ParleyError('offline', 'The node is stopping.')
    const link = this.#byKey.get(node.nodeKey) ?? this.#add(node, node.nodeKey)
    if (!link) throw new ParleyError('offline', 'The other node cannot be linked now.', { retryAfter: 1_000 })
    this.#use(link)
    const connection = link.connection ?? (await link.connect())
    try {
      return await connection.request(name, body, answer, ms)
    } catch (error) {
      if (error instanceof ParleyError && error.code === 'timeout') link.check()
      throw error
    }
  }

  #use(link: PeerLink): void {
    link.usedAt = this.#options.clock.steady()
    if (this.#pinned.size >= this.#links.size) return
    this.#links.delete(link.node.fingerprint)
    this.#links.set(link.node.fingerprint, link)
  }

  #add(node: NodeAddress, nodeKey?: string): PeerLink | undefined {
    const { fingerprint } = node
    if (!this.#running || fingerprint === this.#options.self().fingerprint) return undefined
    const known = this.#links.get(fingerprint)
    if (known) return known
    if (this.#links.size >= MAX_NODE_LINKS && !this.#evict()) return undefined
    const { key, self, chain, clock, random, log } = this.#options
    const link = new PeerLink({
      node: { endpoints: [...node.endpoints], fingerprint },
      ...(nodeKey === undefined ? {} : { nodeKey }),
      credentials: () => ({ role: 'node', record: self(), key }),
      chain,
      clock,
      random,
      log,
      onUp: (up, dialled) => this.#up(up, dialled),
      onDown: (down) => this.#down(down),
    })
    this.#links.set(fingerprint, link)
    if (nodeKey !== undefined) this.#byKey.set(nodeKey, link)
    link.start()
    return link
  }

  #up(link: PeerLink, { connection, nodeKey, welcome }: Dialled): void {
    const { map, onFrame, onLinked, pace } = this.#options
    connection.limit(pace, nodeKey)
    const before = this.#byKey.get(nodeKey)
    if (before && before !== link) this.#drop(before)
    this.#byKey.set(nodeKey, link)
    const { fingerprint } = link.node
    if (!this.#given.has(fingerprint) && !this.#options.admits({ nodeKey, fingerprint })) return this.#drop(link)
    if (!map.has(nodeKey)) {
      this.#proven.add(nodeKey)
      map.set({ nodeKey, fingerprint: link.node.fingerprint, endpoints: [...link.node.endpoints], object: null })
    }
    const record = map.get(nodeKey)
    map.setAlive(nodeKey, true)
    if (!record) return
    connection.handle((frame) => onFrame(record, frame))
    for (const other of welcome.nodes) this.learn(other)
    onLinked(record)
  }

  #down(link: PeerLink): void {
    const { map, clock } = this.#options
    const { nodeKey, node, failures } = link
    if (nodeKey !== undefined) map.setAlive(nodeKey, false)
    if (this.#given.has(node.fingerprint)) return
    const isMember = nodeKey !== undefined && map.has(nodeKey) && !this.#proven.has(nodeKey)
    const isUnknown = nodeKey === undefined && failures >= UNPROVEN_DIALS
    if (!isUnknown && (isMember || clock.steady() - link.seenAt <= FORGET_MS)) return
    this.#drop(link)
    if (nodeKey !== undefined && this.#proven.delete(nodeKey)) map.remove(nodeKey)
  }

  /** Makes room for another link by ending the one that was not used for longest; false where all must stay. */
  #evict(): boolean {
    for (const link of this.#links.values()) {
      const { nodeKey, node } = link
      if (this.#given.has(node.fingerprint) || this.#pinned.has(nodeKey ?? '')) continue
      this.#drop(link)
      // What is not tried counts as alive: nobody would ever find out otherwise.
      if (nodeKey !== undefined) this.#options.map.setAlive(nodeKey, true)
      return true
    }
    return false
  }

  #drop(link: PeerLink): void {
    link.stop()
    if (this.#links.get(link.node.fingerprint) === link) this.#links.delete(link.node.fingerprint)
    if (link.nodeKey !== undefined && this.#byKey.get(link.nodeKey) === link) this.#byKey.delete(link.nodeKey)
  }

  /** The map or the salt changed: links to those that should be linked now. */
  #settle(): void {
    this.#settling ??= this.#options.clock.after(SETTLE_MS, () => {
      this.#settling = undefined
      if (this.#running) this.#pin()
    })
  }

  #pin(): void {
    const { map, self } = this.#options
    const { nodeKey: own } = self()
    const near = map.size <= MAX_NODE_LINKS ? map.all().filter((node) => node.nodeKey !== own) : map.near(own, NEAR)
    this.#pinned = new Set(near.map(({ nodeKey }) => nodeKey))
    for (const record of near) {
      const link = this.#byKey.get(record.nodeKey)
      // A registered node may come to another place.
      if (link && record.object !== null && hasMoved(link, record)) this.#drop(link)
      if (!this.#byKey.has(record.nodeKey)) this.#add(record, record.nodeKey)
    }
    for (const [nodeKey, link] of this.#byKey)
      if (!map.has(nodeKey) && !this.#given.has(link.node.fingerprint)) this.#drop(link)
  }
}

/** It has another certificate, or does not answer at the endpoints that it had. */
function hasMoved({ node, connection }: PeerLink, { fingerprint, endpoints }: NodeRecordValue): boolean {
  return node.fingerprint !== fingerprint || (!connection && !sameEndpoints(node.endpoints, endpoints))
}
