import type { Clock, Log } from '../../base/index.ts'
import { MAX_FRAME_ADDRESSES, type NodeRecordValue } from '../../wire/index.ts'
import type { Connection } from '../link/connection.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { PresenceTable } from '../presence/table.ts'
import type { NodePeers } from './peers.ts'

/** Changes of what is watched are passed on together after this. */
const SETTLE_MS = 100

interface WatchersOptions {
  clock: Clock
  log: Log
  peers: NodePeers
  revocations: Revocations
}

/**
 * Who wants to hear of which address. For addresses whose home is elsewhere this node watches there in its own name
 * and passes the news on.
 */
export class Watchers {
  readonly #byAddress = new Map<string, Set<Connection>>()
  readonly #byConnection = new Map<Connection, readonly string[]>()
  readonly #told = new Map<string, string>()
  readonly #options: WatchersOptions
  #settling: (() => void) | undefined

  constructor(options: WatchersOptions) {
    this.#options = options
  }

  stop(): void {
    this.#settling?.()
    this.#settling = undefined
  }

  /** Replaces what the link watches; what is known now is pushed at once. */
  watch(connection: Connection, addresses: readonly string[], table: PresenceTable): void {
    if (!this.#byConnection.has(connection)) connection.onClose(() => this.#forget(connection))
    this.#remove(connection)
    if (connection.closed) return
    this.#byConnection.set(connection, addresses)
    for (const address of addresses) {
      const set = this.#byAddress.get(address) ?? new Set()
      this.#byAddress.set(address, set.add(connection))
      this.#pushRevocations(connection, address)
      if (table.packets(address).length > 0) this.#push(connection, address, table)
    }
    this.settle()
  }

  /** The presence of an address changed. */
  changed(address: string, table: PresenceTable): void {
    for (const connection of this.#byAddress.get(address) ?? []) this.#push(connection, address, table)
  }

  /** A device of the address was revoked. */
  revoked(address: string): void {
    for (const connection of this.#byAddress.get(address) ?? []) this.#pushRevocations(connection, address)
  }

  /** What is watched, the nodes or the salt changed: tell the other nodes, a little later. */
  settle(): void {
    this.#settling ??= this.#options.clock.after(SETTLE_MS, () => {
      this.#settling = undefined
      for (const node of this.#options.peers.linked()) this.#tell(node)
    })
  }

  /** A link to the node is new: it knows nothing of what is watched here. */
  linked(node: NodeRecordValue): void {
    this.#told.delete(node.nodeKey)
    this.settle()
  }

  #tell(node: NodeRecordValue): void {
    const { peers, log } = this.#options
    const addresses: string[] = []
    for (const address of this.#byAddress.keys()) {
      const { others, here } = peers.sector(address)
      if (!here && others.some(({ nodeKey }) => nodeKey === node.nodeKey)) addresses.push(address)
      if (addresses.length === MAX_FRAME_ADDRESSES) break
    }
    const list = addresses.join()
    if ((this.#told.get(node.nodeKey) ?? '') === list) return
    this.#told.set(node.nodeKey, list)
    peers.request(node, 'watchPresence', { addresses }, 'ok').catch((error: unknown) => {
      this.#told.delete(node.nodeKey)
      log.debug({ err: error }, 'another node was not told what is watched here')
    })
  }

  #push(connection: Connection, address: string, table: PresenceTable): void {
    connection.send('presenceUpdate', 0, { address, packets: table.packets(address).map(({ signed }) => signed) })
  }

  #pushRevocations(connection: Connection, address: string): void {
    const revocations = this.#options.revocations.of(address).map(({ signed }) => signed)
    if (revocations.length > 0) connection.send('revocations', 0, { address, revocations })
  }

  #remove(connection: Connection): void {
    for (const address of this.#byConnection.get(connection) ?? []) {
      const set = this.#byAddress.get(address)
      set?.delete(connection)
      if (set?.size === 0) this.#byAddress.delete(address)
    }
  }

  #forget(connection: Connection): void {
    this.#remove(connection)
    this.#byConnection.delete(connection)
    this.settle()
  }
}
