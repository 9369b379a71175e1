import { ParleyError } from '../../contract/index.ts'
import { Buckets } from '../limits/buckets.ts'
import type { Connection } from '../link/connection.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { PresenceTable } from '../presence/table.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import type { Source } from './source.ts'
import { WatchHomes, type WatchHomesOptions } from './watch-homes.ts'

/** Watches of one wallet on all of its links together: four devices with 4,000 contacts, or sixteen with 1,000. */
const MAX_OWN = 16_000
/** New watches of one wallet: all of its devices may come again every minute or so. */
const NEW_OWN = { perSecond: 200, burst: MAX_OWN }

export interface WatchLimits {
  /** Watches in all, about 1 KB each at most. Half of them are for devices that link here. */
  all: number
  /** Watches of one other node. */
  ofNode: number
  /** Watches of all wallets that link from one network. */
  ofNetwork: number
}
/**
 * In all: 50,000 devices with 40 contacts, for which a node is planned. Of one node: the contacts of 50,000 devices that have a
 * quarter of their homes here, half of them in common. Of one network: 60 contacts of each of the 4,000 links that it may have; wallets
 * cost nothing, so their own bound alone leaves all to whoever makes a hundred.
 */
const PLANNED: WatchLimits = { all: 2_000_000, ofNode: 250_000, ofNetwork: 250_000 }

interface WatchersOptions extends WatchHomesOptions {
  revocations: Pick<Revocations, 'of'>
  limits?: WatchLimits
}

/** The wallet, or the node, which watches for many. */
type Owner = Pick<Source, 'kind' | 'owner'> & { network?: string }

interface Watching {
  owner: Owner
  addresses: Set<string>
}

/**
 * Who wants to hear of which address. For addresses whose home is elsewhere this node watches there in its own name
 * and passes the news on.
 */
export class Watchers {
  readonly #byAddress = new Map<string, Set<Connection>>()
  readonly #byConnection = new Map<Connection, Watching>()
  readonly #byOwner = new Map<string, number>()
  readonly #byNetwork = new Map<string, number>()
  readonly #options: WatchersOptions
  readonly #limits: WatchLimits
  readonly #homes: WatchHomes
  readonly #changes: Buckets
  #size = 0
  #ofNodes = 0

  constructor(options: WatchersOptions) {
    this.#options = options
    this.#limits = options.limits ?? PLANNED
    this.#homes = new WatchHomes(options)
    this.#changes = new Buckets(options.clock, NEW_OWN)
  }

  stop(): void {
    this.#homes.stop()
  }

  /**
   * Replaces what the link watches; what is known now is pushed at once. Throws `rate_limited` where a wallet, a node or all
   * together watch too much; what was watched before stays then.
   */
  watch(connection: Connection, addresses: readonly string[], table: PresenceTable, owner: Owner): void {
    if (connection.closed) return
    const before = this.#byConnection.get(connection)?.addresses ?? new Set()
    const wanted = new Set(addresses)
    this.#require(owner, [...wanted].filter((address) => !before.has(address)).length, wanted.size - before.size)
    const { addresses: watched } = this.#watching(connection, owner)
    for (const address of [...watched]) if (!wanted.has(address)) this.#remove(connection, address)
    for (const address of wanted) this.#add(connection, address, table)
  }

  /** Changes what the link of a node watches; what is known of the added ones is pushed. Throws as `watch` does. */
  change(
    connection: Connection,
    { added, removed }: { added: readonly string[]; removed: readonly string[] },
    table: PresenceTable,
    owner: Owner,
  ): void {
    if (connection.closed) return
    this.#require(owner, added.length, added.length)
    this.#watching(connection, owner)
    for (const address of removed) this.#remove(connection, address)
    for (const address of added) this.#add(connection, address, table)
  }

  watches(address: string): boolean {
    return this.#byAddress.has(address)
  }

  /** Watches of all links together. */
  get size(): number {
    return this.#size
  }

  /** The presence of an address changed. */
  changed(address: string, table: PresenceTable): void {
    for (const connection of this.#byAddress.get(address) ?? []) this.#push(connection, address, table)
  }

  /** A device of the address was revoked. */
  revoked(address: string): void {
    for (const connection of this.#byAddress.get(address) ?? []) this.#pushRevocations(connection, address)
  }

  /** The nodes, who of them is alive, or the salt changed. */
  mapChanged(): void {
    this.#homes.mapChanged()
  }

  /** A link to the node is new: it knows nothing of what is watched here. */
  linked(node: NodeRecordValue): void {
    this.#homes.linked(node)
  }

  #require({ kind, owner, network }: Owner, added: number, more: number): void {
    const isNode = kind === 'node'
    const own = this.#byOwner.get(owner) ?? 0
    const near = (network !== undefined && this.#byNetwork.get(network)) || 0
    const { all, ofNode, ofNetwork } = this.#limits
    const isFull =
      own + more > (isNode ? ofNode : MAX_OWN) ||
      (isNode && this.#ofNodes + more > all / 2) ||
      near + more > (isNode ? all : ofNetwork) ||
      this.#size + more > all
    if (more > 0 && isFull)
      throw new ParleyError('rate_limited', 'Too many addresses are watched here.', { retryAfter: 60_000 })
    if (!isNode) this.#changes.require(owner, added)
  }

  #watching(connection: Connection, owner: Owner): Watching {
    const known = this.#byConnection.get(connection)
    if (known) return known
    const watching = { owner, addresses: new Set<string>() }
    this.#byConnection.set(connection, watching)
    connection.onClose(() => this.#forget(connection))
    return watching
  }

  #add(connection: Connection, address: string, table: PresenceTable): void {
    const watching = this.#byConnection.get(connection)
    if (!watching) return
    if (!watching.addresses.has(address)) {
      watching.addresses.add(address)
      this.#count(watching, 1)
      const set = this.#byAddress.get(address)
      if (set) set.add(connection)
      else {
        this.#byAddress.set(address, new Set([connection]))
        this.#homes.add(address)
      }
    }
    this.#pushRevocations(connection, address)
    if (table.packets(address).length > 0) this.#push(connection, address, table)
  }

  #remove(connection: Connection, address: string): void {
    const watching = this.#byConnection.get(connection)
    if (!watching?.addresses.delete(address)) return
    this.#count(watching, -1)
    const set = this.#byAddress.get(address)
    set?.delete(connection)
    if (set?.size !== 0) return
    this.#byAddress.delete(address)
    this.#homes.remove(address)
  }

  #count({ owner: { kind, owner, network } }: Watching, change: 1 | -1): void {
    this.#size += change
    if (kind === 'node') this.#ofNodes += change
    countIn(this.#byOwner, owner, change)
    if (network !== undefined) countIn(this.#byNetwork, network, change)
  }

  #push(connection: Connection, address: string, table: PresenceTable): void {
    connection.send('presenceUpdate', 0, { address, packets: table.packets(address).map(({ signed }) => signed) })
  }

  #pushRevocations(connection: Connection, address: string): void {
    const revocations = this.#options.revocations.of(address).map(({ signed }) => signed)
    if (revocations.length > 0) connection.send('revocations', 0, { address, revocations })
  }

  #forget(connection: Connection): void {
    for (const address of [...(this.#byConnection.get(connection)?.addresses ?? [])]) this.#remove(connection, address)
    this.#byConnection.delete(connection)
  }
}

function countIn(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}
