import type { Traffic } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { LinkFrame, NodeRecordValue } from '../../wire/index.ts'
import { CANDIDATES, HOME_NODES, REQUEST_MS } from '../constants.ts'
import type { Dialled } from '../link/dial.ts'
import type { KnownNode, LinkStatus, NodeAddress, NodeMemory } from '../types.ts'
import { NodeLink, type NodeLinkOptions } from './node-link.ts'
import { NodeSet, type SetNode } from './node-set.ts'
import type { NodeTraffic } from './traffic.ts'

type LinkParts = Pick<NodeLinkOptions, 'credentials' | 'chain' | 'clock' | 'random' | 'log'>

/** Links and dials at once: three homes under two salts, their stand-ins, and a few to begin with. */
const MAX_LINKS = 24
/** A link that is not needed any more stays for this long: what is on its way over it arrives. */
const OVERLAP_MS = 3_000
/** A node that is no candidate and could not be dialled is not tried again before. */
const RETRY_MS = 30_000
const MAX_FAILED = 512
/** Nodes that were learnt are kept together after this. */
const SAVE_MS = 2_000

export interface LinksOptions extends LinkParts {
  traffic: NodeTraffic
  /** Answers those of the nodes named that can be believed; never rejects. All are where it is absent. */
  check?: (records: readonly NodeRecordValue[]) => Promise<readonly NodeRecordValue[]>
  address: string
  nodes: readonly NodeAddress[]
  memory: NodeMemory | undefined
  /** The salts in force, newest first. */
  salts: () => Uint8Array[]
  onLinked: (link: NodeLink, welcome: Dialled['welcome']) => void
  onLost: (link: NodeLink) => void
  onFrame: (link: NodeLink, frame: LinkFrame) => void
  onStatus: (links: LinkStatus[]) => void
}

/**
 * The links to this device's home nodes: its candidates in order until three answer, under each salt in force; beyond the
 * candidates whatever node is known. Kept so as nodes come, go, die and come back, and as the salt changes.
 */
export class Links {
  readonly #options: LinksOptions
  readonly #set: NodeSet
  readonly #links = new Map<string, NodeLink>()
  readonly #waiting = new Set<() => void>()
  /** Links that are not needed any more, with what stops their end. */
  readonly #leaving = new Map<string, () => void>()
  /** Nodes beyond the candidates that could not be dialled, and when. */
  readonly #failed = new Map<string, number>()
  #saving: (() => void) | undefined
  #running = false

  constructor(options: LinksOptions) {
    this.#options = options
    this.#set = new NodeSet(options.nodes, options.memory?.load() ?? [], options.salts)
  }

  start(): void {
    this.#running = true
    this.refresh()
  }

  stop(): void {
    this.#running = false
    for (const cancel of this.#leaving.values()) cancel()
    this.#leaving.clear()
    for (const link of this.#links.values()) link.stop()
    this.#links.clear()
    for (const wake of [...this.#waiting]) wake()
    if (this.#saving) this.#save()
  }

  statuses(): LinkStatus[] {
    const homes = this.#homePrints()
    return [...this.#links.values()].map((link) => link.status(homes.has(link.node.fingerprint)))
  }

  /** Every link proves itself now; those that wait for their turn are dialled. */
  check(): void {
    for (const link of this.#links.values()) link.hurry()
  }

  /** What each node that is or should be linked has carried. */
  trafficOf(traffic: NodeTraffic): { endpoint: string; nodeKey: string | undefined; traffic: Traffic }[] {
    return [...this.#links.values()].map(({ node, nodeKey }) => ({
      endpoint: node.endpoints[0] ?? '',
      nodeKey,
      traffic: traffic.of(node.fingerprint),
    }))
  }

  /** Whether this node is one of the device's home nodes now. */
  isHome(link: NodeLink): boolean {
    return this.#homePrints().has(link.node.fingerprint)
  }

  connected(): NodeLink[] {
    return [...this.#links.values()].filter((link) => link.connection)
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
    if (this.connected().length === 0) await this.#nextLink()
    const connected = this.connected()
    if (connected.length === 0) throw new ParleyError('offline', 'No node can be reached.', { retryAfter: 1_000 })
    const order = this.#set.candidates(address).map(({ fingerprint }) => fingerprint)
    const place = (link: NodeLink) => {
      const index = order.indexOf(link.node.fingerprint)
      return index < 0 ? order.length : index
    }
    return connected.sort((a, b) => place(a) - place(b))
  }

  /** Opens what should be linked and closes, after a while, what need not be. */
  refresh(): void {
    if (!this.#running) return
    const wanted = this.#wanted()
    for (const [fingerprint, node] of wanted) {
      this.#leaving.get(fingerprint)?.()
      this.#leaving.delete(fingerprint)
      if (!this.#links.has(fingerprint)) this.#open(node)
    }
    const home = this.#homePrints()
    // Whatever is linked stays until a home node is.
    const isServed = this.connected().some((link) => home.has(link.node.fingerprint))
    for (const [fingerprint, link] of this.#links) {
      if (wanted.has(fingerprint) || this.#leaving.has(fingerprint) || (link.connection && !isServed)) continue
      if (!link.connection || !link.wasHome) this.#close(link)
      else
        this.#leaving.set(
          fingerprint,
          this.#options.clock.after(OVERLAP_MS, () => this.#close(link)),
        )
    }
  }

  /** What nodes say of nodes: where a registry is in force, what stands there and nothing else. */
  learn(records: readonly NodeRecordValue[]): void {
    const { check } = this.#options
    if (!check) return this.#take(records)
    void check(records).then((believed) => this.#running && this.#take(believed))
  }

  #take(records: readonly KnownNode[]): void {
    const news = records.filter((record) => this.#set.learn(record))
    if (news.length === 0) return
    this.#saveSoon()
    this.refresh()
  }

  /** For each salt the nearest nodes until three of them are linked or may well be. */
  #wanted(): Map<string, SetNode> {
    const wanted = new Map<string, SetNode>()
    for (const ranked of this.#set.ranked(this.#options.address)) {
      let good = 0
      for (const [index, node] of ranked.entries()) {
        if (good === HOME_NODES || wanted.size >= MAX_LINKS) break
        const link = this.#links.get(node.fingerprint)
        if (!link && index >= CANDIDATES && this.#failedLately(node.fingerprint)) continue
        wanted.set(node.fingerprint, node)
        if (!link || link.isPromising) good++
        if (link?.connection) link.wasHome = true
      }
    }
    // Whoever is linked first need not know the others that were named by hand.
    const given = this.connected().length > 0 ? this.#set.untried() : this.#set.given()
    for (const node of given) if (wanted.size < MAX_LINKS) wanted.set(node.fingerprint, node)
    return wanted
  }

  #failedLately(fingerprint: string): boolean {
    const at = this.#failed.get(fingerprint)
    if (at === undefined) return false
    if (this.#options.clock.now() - at < RETRY_MS) return true
    this.#failed.delete(fingerprint)
    return false
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
    this.#failed.delete(fingerprint)
    this.#set.prove(fingerprint, link.nodeKey ?? '')
    this.#saveSoon()
    this.learn(welcome.nodes)
    this.#options.onLinked(link, welcome)
    this.refresh()
    for (const wake of [...this.#waiting]) wake()
    void this.#askSector(link)
  }

  /** Of a large network the nodes are told as far as they concern this device. */
  async askSector(): Promise<void> {
    const [link] = this.connected()
    if (link) await this.#askSector(link)
  }

  async #askSector(link: NodeLink): Promise<void> {
    try {
      const { nodes } = await link.request('getSector', { address: this.#options.address }, 'sector')
      if (this.#running) this.learn(nodes)
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a node did not tell the home nodes')
    }
  }

  #down(node: SetNode, link: NodeLink): void {
    if (!this.#running || this.#links.get(node.fingerprint) !== link) return
    this.#set.setDead(node.fingerprint)
    const ranked = this.#set.ranked(this.#options.address)
    const isCandidate = ranked.some((nodes) =>
      nodes.slice(0, CANDIDATES).some(({ fingerprint }) => fingerprint === node.fingerprint),
    )
    const isGiven = this.#set.given().some(({ fingerprint }) => fingerprint === node.fingerprint)
    if (!isCandidate && !isGiven) {
      if (this.#failed.size >= MAX_FAILED) this.#failed.clear()
      this.#failed.set(node.fingerprint, this.#options.clock.now())
      this.#close(link)
    }
    this.refresh()
    if (link.nodeKey !== undefined) void this.askSector()
  }

  #close(link: NodeLink): void {
    const { fingerprint } = link.node
    this.#leaving.get(fingerprint)?.()
    this.#leaving.delete(fingerprint)
    if (this.#links.get(fingerprint) !== link) return
    this.#links.delete(fingerprint)
    this.#options.onLost(link)
    link.stop()
  }

  /** Right after a start, or when all links broke, the next takes some milliseconds: worth waiting for, but not for long. */
  #nextLink(): Promise<void> {
    if (!this.#running || ![...this.#links.values()].some((link) => link.isPromising)) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        this.#waiting.delete(done)
        resolve()
      }
      const cancel = this.#options.clock.after(Math.min(REQUEST_MS, 2_000), done)
      this.#waiting.add(done)
    })
  }

  #saveSoon(): void {
    if (!this.#options.memory || !this.#running) return
    this.#saving ??= this.#options.clock.after(SAVE_MS, () => this.#save())
  }

  #save(): void {
    this.#saving?.()
    this.#saving = undefined
    this.#options.memory?.save(this.#set.toKeep())
  }

  #homePrints(): Set<string> {
    return new Set(this.#set.homes(this.#options.address).map(({ fingerprint }) => fingerprint))
  }
}
