import { Lately } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { CANDIDATES, HOME_NODES, REQUEST_MS } from '../constants.ts'
import type { Dialled } from '../link/dial.ts'
import type { KnownNode, LinkStatus, NodeAddress } from '../types.ts'
import { Leaving } from './leaving.ts'
import type { LinksOptions } from './links-options.ts'
import { MapNews } from './map-news.ts'
import { NodeClocks } from './node-clocks.ts'
import { NodeKeeper } from './node-keeper.ts'
import { NodeLink } from './node-link.ts'
import { NodeSet, type SetNode } from './node-set.ts'
import { tryNode } from './try-node.ts'
import { Wakes } from './wakes.ts'

/** Links and dials at once: three homes under two salts, their stand-ins, and a few to begin with. */
const MAX_LINKS = 24
/** A node that is no candidate and could not be dialled is not tried again before. */
const RETRY_MS = 30_000
/** Right after a start a link takes milliseconds: worth waiting for, but not for long. */
const FIRST_LINK_MS = Math.min(REQUEST_MS, 2_000)

/**
 * The links to this device's home nodes: its candidates in order until three answer, under each salt in force; beyond the
 * candidates whatever node is known. Kept so as nodes come, go, die and come back, and as the salt changes.
 */
export class Links {
  readonly #options: LinksOptions
  readonly #set: NodeSet
  readonly #links = new Map<string, NodeLink>()
  readonly #wakes: Wakes
  /** Nodes that are linked for a while to ask them something; they are told nothing. */
  readonly #visited = new Map<string, SetNode>()
  readonly #leaving: Leaving
  /** Nodes beyond the candidates that could not be dialled. */
  readonly #failed: Lately
  readonly #keeper: NodeKeeper
  readonly #clocks: NodeClocks
  readonly #news: MapNews
  #running = false

  constructor(options: LinksOptions) {
    this.#options = options
    this.#wakes = new Wakes(options.clock)
    this.#leaving = new Leaving(options.clock)
    this.#failed = new Lately(options.clock, RETRY_MS)
    this.#clocks = new NodeClocks(options.clock)
    this.#set = new NodeSet(options.nodes, options.memory?.load() ?? [], options.salts)
    this.#keeper = new NodeKeeper(options.memory, this.#set, options.clock)
    this.#news = new MapNews({
      set: this.#set,
      keeper: this.#keeper,
      registry: options.registry,
      address: options.address,
      isRunning: () => this.#running,
      connected: () => this.connected(),
      changed: () => this.refresh(),
      log: options.log,
    })
  }

  start(): void {
    this.#running = true
    this.refresh()
  }

  stop(): void {
    this.#running = false
    this.#leaving.stop()
    for (const link of this.all()) link.stop()
    this.#links.clear()
    this.#visited.clear()
    this.#wakes.wake()
    this.#keeper.flush()
  }

  statuses(): LinkStatus[] {
    const homes = this.#homePrints()
    return this.all().map((link) => link.status(homes.has(link.node.fingerprint)))
  }

  /** See `Overlay.clockAheadMs`. */
  clockAheadMs(): number | undefined {
    return this.#clocks.aheadMs(this.#links.keys())
  }

  /** Every link proves itself now; those that wait for their turn are dialled. */
  check(): void {
    for (const link of this.#links.values()) link.hurry()
  }

  /** To every node that is or should be linked. */
  all(): NodeLink[] {
    return [...this.#links.values()]
  }

  /** Whether this node is one of the device's home nodes now. */
  isHome(link: NodeLink): boolean {
    return this.#homePrints().has(link.node.fingerprint)
  }

  connected(): NodeLink[] {
    return this.all().filter((link) => link.connection)
  }

  /** Linked, those left out that are only visited. */
  own(): NodeLink[] {
    return this.connected().filter((link) => !this.isVisited(link))
  }

  isVisited({ node }: NodeLink): boolean {
    return this.#visited.has(node.fingerprint)
  }

  /** The living home nodes of an address, as far as this device knows. */
  readonly homesOf = (address: string): SetNode[] => this.#set.homes(address)

  /** Links to these until `endVisit`; answers those that are linked once all are or `ms` have passed. */
  async visit(nodes: readonly SetNode[], ms: number): Promise<NodeLink[]> {
    for (const node of nodes) if (!this.#links.has(node.fingerprint)) this.#visited.set(node.fingerprint, node)
    this.refresh()
    const links = () => nodes.flatMap(({ fingerprint }) => this.#links.get(fingerprint) ?? [])
    await this.#wakes.while(() => links().some((link) => !link.connection && link.isPromising), ms)
    return links().filter((link) => link.connection)
  }

  endVisit(nodes: readonly SetNode[]): void {
    for (const { fingerprint } of nodes) this.#visited.delete(fingerprint)
    this.refresh()
  }

  /** Linked home nodes of this device; while none is, whatever is linked. */
  connectedHomes(): NodeLink[] {
    const homes = this.#homePrints()
    const connected = this.connected()
    const atHome = connected.filter((link) => homes.has(link.node.fingerprint))
    return atHome.length > 0 ? atHome : connected
  }

  /** Node keys of this device's home nodes as far as they are known, at most 3. */
  homeKeys(): string[] {
    return this.#set
      .homes(this.#options.address)
      .flatMap(({ nodeKey }) => nodeKey ?? [])
      .slice(0, HOME_NODES)
  }

  /** The links to ask about an address, best first: its home nodes that are linked, then the others. */
  async towards(address: string): Promise<NodeLink[]> {
    const isSoon = () => this.connected().length === 0 && this.all().some((link) => link.isPromising)
    await this.#wakes.while(isSoon, FIRST_LINK_MS)
    const connected = this.connected()
    if (connected.length === 0) throw new ParleyError('offline', 'No node can be reached.', { retryAfter: 1_000 })
    const place = this.#set.placer(address)
    return connected.sort((a, b) => place(a.node) - place(b.node))
  }

  /** Opens what should be linked and closes, after a while, what need not be. */
  refresh(): void {
    if (!this.#running) return
    const wanted = this.#wanted()
    for (const [fingerprint, node] of wanted) {
      this.#leaving.forget(fingerprint)
      const link = this.#links.get(fingerprint)
      // It has moved, and does not answer where it was.
      if (link && !link.connection && !link.isAt(node.endpoints)) this.#close(link)
      if (!this.#links.has(fingerprint)) this.#open(node)
    }
    const home = this.#homePrints()
    for (const fingerprint of this.#visited.keys()) if (home.has(fingerprint)) this.#settle(fingerprint)
    // Whatever is linked stays until a home node is.
    const isServed = this.connected().some((link) => home.has(link.node.fingerprint))
    for (const [fingerprint, link] of this.#links) {
      if (wanted.has(fingerprint) || this.#leaving.has(fingerprint) || (link.connection && !isServed)) continue
      if (!link.connection || !link.wasHome) this.#close(link)
      else this.#leaving.begin(fingerprint, () => this.#close(link))
    }
  }

  /** Nodes that were read from the ledger itself. */
  believe(records: readonly KnownNode[]): void {
    this.#news.believe(records, true)
  }

  /** Who is given by hand is another set now: links to those that are not known by anything else end at once. */
  setGiven(nodes: readonly NodeAddress[]): void {
    this.#set.setGiven(nodes)
    for (const link of this.all()) if (!this.#set.has(link.node.fingerprint)) this.#close(link)
    this.#keeper.now()
    this.refresh()
    this.#options.onStatus(this.statuses())
  }

  /** See `Overlay.tryNode`. */
  async tryNode(node: NodeAddress): Promise<void> {
    if (!this.#links.get(node.fingerprint)?.connection) await tryNode(this.#options, node)
  }

  /** For each salt the nearest nodes until three of them are linked or may well be. */
  #wanted(): Map<string, SetNode> {
    const wanted = new Map<string, SetNode>()
    for (const ranked of this.#set.ranked(this.#options.address)) {
      let good = 0
      for (const [index, node] of ranked.entries()) {
        if (good === HOME_NODES || wanted.size >= MAX_LINKS) break
        const link = this.#links.get(node.fingerprint)
        if (!link && index >= CANDIDATES && this.#failed.has(node.fingerprint)) continue
        wanted.set(node.fingerprint, node)
        if (!link || link.isPromising) good++
        if (link?.connection) link.wasHome = true
      }
    }
    for (const node of this.#givenToTry()) if (wanted.size < MAX_LINKS) wanted.set(node.fingerprint, node)
    for (const [fingerprint, node] of this.#visited)
      if (!this.#failed.has(fingerprint)) wanted.set(fingerprint, wanted.get(fingerprint) ?? node)
    return wanted
  }

  /** Whoever is linked first need not know the others that were given: they are tried too, and who refuses this device stays in sight. */
  #givenToTry(): SetNode[] {
    if (this.connected().length === 0) return this.#set.given()
    const refusing = this.#set.given().filter(({ fingerprint }) => this.#links.get(fingerprint)?.isRefused)
    return [...this.#set.untried(), ...refusing]
  }

  /** Somebody who was only visited is a home node now: it is told what home nodes are. */
  #settle(fingerprint: string): void {
    this.#visited.delete(fingerprint)
    const link = this.#links.get(fingerprint)
    if (link?.connection) this.#options.onLinked(link)
  }

  #open(node: SetNode): void {
    const { credentials, chain, clock, random, log, onFrame } = this.#options
    const link: NodeLink = new NodeLink({
      node: { endpoints: node.endpoints, fingerprint: node.fingerprint },
      meter: this.#options.traffic.meterOf(node.fingerprint),
      credentials,
      chain,
      clock,
      random,
      log,
      onFrame,
      onTime: (theirs) => this.#clocks.note(node.fingerprint, theirs),
      onLinked: (linked, welcome) => this.#linked(linked, welcome),
      onStatus: () => this.#options.onStatus(this.statuses()),
      onLate: () => this.refresh(),
      onDown: () => this.#down(node, link),
    })
    this.#links.set(node.fingerprint, link)
    link.start()
  }

  #linked(link: NodeLink, welcome: Dialled['welcome']): void {
    const { fingerprint } = link.node
    link.connection?.onClose(() => this.#options.onLost(link))
    this.#failed.forget(fingerprint)
    this.#set.prove(fingerprint, link.nodeKey ?? '')
    this.#keeper.soon()
    this.#news.learn(welcome.nodes)
    this.#options.onLinked(link)
    this.refresh()
    this.#wakes.wake()
    void this.#news.askSector(link)
  }

  /** Who is home to this device, and who is not in service any more, is asked for anew. */
  askSector(): void {
    void this.#news.askSector()
  }

  #down(node: SetNode, link: NodeLink): void {
    if (!this.#running || this.#links.get(node.fingerprint) !== link) return
    this.#set.setDead(node.fingerprint)
    const ranked = this.#set.ranked(this.#options.address)
    const isHere = ({ fingerprint }: SetNode) => fingerprint === node.fingerprint
    const isCandidate = ranked.some((nodes) => nodes.slice(0, CANDIDATES).some(isHere))
    if (!isCandidate && !this.#set.given().some(isHere)) {
      this.#failed.note(node.fingerprint)
      this.#close(link)
    }
    this.refresh()
    this.#wakes.wake()
    if (link.nodeKey !== undefined) this.askSector()
  }

  #close(link: NodeLink): void {
    const { fingerprint } = link.node
    this.#leaving.forget(fingerprint)
    if (this.#links.get(fingerprint) !== link) return
    this.#links.delete(fingerprint)
    this.#options.onLost(link)
    link.stop()
  }

  #homePrints(): Set<string> {
    return new Set(this.#set.homes(this.#options.address).map(({ fingerprint }) => fingerprint))
  }
}
