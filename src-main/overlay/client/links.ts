import { ParleyError } from '../../contract/index.ts'
import type { LinkFrame, NodeRecordValue } from '../../wire/index.ts'
import { HOME_NODES, REQUEST_MS } from '../constants.ts'
import type { Dialled } from '../link/dial.ts'
import type { LinkStatus, NodeAddress } from '../types.ts'
import { NodeLink, type NodeLinkOptions } from './node-link.ts'
import { type KnownNode, NodeSet } from './node-set.ts'

type LinkParts = Pick<NodeLinkOptions, 'credentials' | 'chain' | 'clock' | 'random' | 'log'>

export interface LinksOptions extends LinkParts {
  address: string
  nodes: readonly NodeAddress[]
  /** The salts in force, newest first. */
  salts: () => Uint8Array[]
  onLinked: (link: NodeLink, welcome: Dialled['welcome']) => void
  onLost: (link: NodeLink) => void
  onFrame: (link: NodeLink, frame: LinkFrame) => void
  onStatus: (links: LinkStatus[]) => void
}

/** The links to this device's home nodes, kept as nodes become known and the salt changes. */
export class Links {
  readonly #options: LinksOptions
  readonly #set: NodeSet
  readonly #links = new Map<string, NodeLink>()
  readonly #waiting = new Set<() => void>()
  #running = false

  constructor(options: LinksOptions) {
    this.#options = options
    this.#set = new NodeSet(options.nodes)
  }

  start(): void {
    this.#running = true
    this.refresh()
  }

  stop(): void {
    this.#running = false
    for (const link of this.#links.values()) link.stop()
    this.#links.clear()
    for (const wake of [...this.#waiting]) wake()
  }

  statuses(): LinkStatus[] {
    const homes = this.#homePrints()
    return [...this.#links.values()].map((link) => link.status(homes.has(link.node.fingerprint)))
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
    const homes = this.#set.homes(this.#options.address, this.#salt())
    return homes.flatMap(({ nodeKey }) => nodeKey ?? []).slice(0, HOME_NODES)
  }

  /** The links to ask about an address, best first: its home nodes that are linked, then the others. */
  async towards(address: string): Promise<NodeLink[]> {
    if (this.connected().length === 0) await this.#nextLink()
    const connected = this.connected()
    if (connected.length === 0) throw new ParleyError('offline', 'No node can be reached.', { retryAfter: 1_000 })
    const order = this.#set.homes(address, this.#salt()).map(({ fingerprint }) => fingerprint)
    const place = (link: NodeLink) => {
      const index = order.indexOf(link.node.fingerprint)
      return index < 0 ? order.length : index
    }
    return connected.sort((a, b) => place(a) - place(b))
  }

  /** Opens what should be linked and closes what need not be. */
  refresh(): void {
    if (!this.#running) return
    const homes = this.#wanted()
    const wanted = new Map(homes.map((node) => [node.fingerprint, node]))
    for (const node of homes) if (!this.#links.has(node.fingerprint)) this.#open(node)
    const home = this.#homePrints()
    // A bootstrap node stays until a home node is linked.
    if (!this.connected().some((link) => home.has(link.node.fingerprint))) return
    for (const [fingerprint, link] of this.#links) {
      if (wanted.has(fingerprint)) continue
      this.#links.delete(fingerprint)
      this.#options.onLost(link)
      link.stop()
    }
  }

  learn(records: readonly NodeRecordValue[]): void {
    const news = records.filter((record) => this.#set.learn(record))
    if (news.length > 0) this.refresh()
  }

  #wanted(): KnownNode[] {
    const homes = this.#options.salts().flatMap((salt) => this.#set.homes(this.#options.address, salt))
    const known = homes.filter((node) => this.#links.get(node.fingerprint)?.connection)
    if (known.length > 0) return homes
    const given = this.#set.all().slice(0, Math.max(HOME_NODES, this.#options.nodes.length))
    return [...homes, ...given]
  }

  #open(node: KnownNode): void {
    const { credentials, chain, clock, random, log, onFrame, onLost } = this.#options
    const link = new NodeLink({
      node: { endpoints: node.endpoints, fingerprint: node.fingerprint },
      credentials,
      chain,
      clock,
      random,
      log,
      onFrame,
      onLinked: (linked, welcome) => {
        linked.connection?.onClose(() => onLost(linked))
        this.#set.learn({ ...linked.node, nodeKey: linked.nodeKey ?? '' })
        this.learn(welcome.nodes)
        this.#options.onLinked(linked, welcome)
        this.refresh()
        for (const wake of [...this.#waiting]) wake()
      },
      onStatus: () => this.#options.onStatus(this.statuses()),
    })
    this.#links.set(node.fingerprint, link)
    link.start()
  }

  /** Right after a start the first link takes some milliseconds: worth waiting for, but not for long. */
  #nextLink(): Promise<void> {
    if (!this.#running || ![...this.#links.values()].some((link) => link.status(false).state === 'connecting'))
      return Promise.resolve()
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

  #salt(): Uint8Array {
    return this.#options.salts()[0] ?? new Uint8Array(32)
  }

  #homePrints(): Set<string> {
    return new Set(this.#set.homes(this.#options.address, this.#salt()).map(({ fingerprint }) => fingerprint))
  }
}
