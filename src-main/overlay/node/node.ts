import type { TLSSocket } from 'node:tls'
import type { WebSocket } from 'ws'
import { type Clock, type Log, type Random, toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { MAX_ENVELOPE_BYTES, MAX_FRAME_NODES, type NodeRecordValue } from '../../wire/index.ts'
import { MAX_MAILBOX_TTL_MS } from '../constants.ts'
import { Buckets } from '../limits/buckets.ts'
import { defaultLimits, type NodeLimits } from '../limits/limits.ts'
import { formatNodeAddress } from '../link/address.ts'
import { Connection } from '../link/connection.ts'
import { greet, type Guest } from '../link/greet.ts'
import { fingerprintOf } from '../link/tls.ts'
import { NodeDatabase } from '../mailbox/database.ts'
import { Mailbox } from '../mailbox/mailbox.ts'
import { MailMover } from '../mailbox/mover.ts'
import { DeviceRegistry } from '../mailbox/registry.ts'
import { Revocations } from '../mailbox/revocations.ts'
import { PresenceTable } from '../presence/table.ts'
import { DeviceLink } from '../relay/device-link.ts'
import { Relay } from '../relay/relay.ts'
import { SectorMap } from '../sector/map.ts'
import type { NodeAddress } from '../types.ts'
import { NodeCounters } from './counters.ts'
import { Directory } from './directory.ts'
import { type NodeFiles, openNodeFiles } from './files.ts'
import { LedgerLink } from './ledger-link.ts'
import { NodePeers } from './peers.ts'
import { Revoker } from './revoker.ts'
import { serveDevice } from './serve-device.ts'
import type { ServingParts } from './serving.ts'
import { serveNode } from './serve-node.ts'
import { NodeServer } from './server.ts'
import { Watchers } from './watchers.ts'

/** How long a start waits for a ledger before it serves without. */
const LEDGER_START_MS = 3_000

export interface S2NodeOptions {
  listen: { host: string; port: number }
  /** Host name or address that others reach this node by; `listen.host` where it is absent. */
  publicHost?: string
  /** Folder of its key, certificate and mailboxes; without one, all is in memory. */
  dataDir?: string
  ledger: Pick<Ledger, 'chain' | 'epoch'>
  peers: readonly NodeAddress[]
  clock: Clock
  random: Random
  log: Log
  limits?: Partial<NodeLimits>
}

export interface S2Node {
  /** Resolves when it listens. Throws `conflict` (port taken) or `storage_damaged`. */
  start(): Promise<void>
  stop(): Promise<void>
  /** `wss://host:port#FINGERPRINT`; known after `start`. */
  readonly endpoint: string
  /** Hex of its public key; known after `start`. */
  readonly nodeId: string
  /** Nodes that it is linked to now. */
  peers(): NodeRecordValue[]
  /** How it does now, without a word of who or what. */
  status(): S2Status
}

export interface S2Status {
  ledger: 'reachable' | 'unreachable'
  chain: string | undefined
  /** Milliseconds since 1970. */
  startedAt: number
  links: { devices: number; nodes: number }
  /** Addresses with a presence. */
  presences: number
  mail: { envelopes: number; bytes: number }
  /** Nodes on the map, and the share of all addresses that this one is home to. */
  map: { nodes: number; share: number }
  counters: NodeCounters
}

/** An S2 node: presence, sector lookups, relay, mailboxes and key packages for the addresses that are near to it. */
export function createS2Node(options: S2NodeOptions): S2Node {
  let running: RunningNode | undefined
  const needed = (): RunningNode => {
    if (!running) throw new ParleyError('conflict', 'The node has not been started.')
    return running
  }
  return {
    async start() {
      if (running) throw new ParleyError('conflict', 'The node has been started already.')
      const files = await openNodeFiles(options.dataDir, options.clock, options.random)
      running = new RunningNode(options, files)
      await running.start()
    },
    async stop() {
      const node = running
      running = undefined
      await node?.stop()
    },
    get endpoint() {
      return formatNodeAddress(needed().record)
    },
    get nodeId() {
      return needed().record.nodeKey
    },
    peers: () => needed().peers.linked(),
    status: () => needed().status(),
  }
}

class RunningNode {
  readonly record: NodeRecordValue
  readonly peers: NodePeers
  readonly #options: S2NodeOptions
  readonly #files: NodeFiles
  readonly #database: NodeDatabase
  readonly #mailbox: Mailbox
  readonly #mover: MailMover
  readonly #ledger: LedgerLink
  readonly #map: SectorMap
  readonly #server: NodeServer
  readonly #parts: ServingParts
  readonly #counters = new NodeCounters()
  #startedAt = 0

  constructor(options: S2NodeOptions, files: NodeFiles) {
    const { clock, random, log } = options
    const limits = { ...defaultLimits, ...options.limits }
    this.#options = options
    this.#files = files
    this.record = { nodeKey: toHex(files.key.publicKey), url: '', fingerprint: fingerprintOf(files.tls.cert) }
    this.#database = new NodeDatabase(files.databasePath)
    const revocations = new Revocations(this.#database)
    const registry = new DeviceRegistry(this.#database, revocations)
    this.#mailbox = new Mailbox(this.#database, clock, limits)
    const onChange = () => watchers.settle()
    this.#ledger = new LedgerLink({ ledger: options.ledger, registry, clock, random, log, onChange })
    this.#map = new SectorMap(() => this.#ledger.salts())
    const peers = this.#createPeers()
    this.peers = peers
    this.#mover = new MailMover({ database: this.#database, mailbox: this.#mailbox, peers, clock, log })
    const watchers = new Watchers({ clock, log, peers, revocations })
    const table = new PresenceTable(clock, (address) => watchers.changed(address, table))
    const relay = new Relay({ peers, registry, mailbox: this.#mailbox, revocations, clock, limits })
    const directory = new Directory({ table, registry, peers, revocations, chain: () => this.#chain(), clock, log })
    this.#parts = {
      counters: this.#counters,
      relay,
      revoker: new Revoker({ revocations, table, watchers, peers, relay, clock, log }),
      revoking: new Buckets(clock, limits.revocations),
      registry,
      revocations,
      directory,
      table,
      watchers,
      peers,
      sector: (address) => ({ nodes: this.#map.homes(address) }),
      frames: new Buckets(clock, limits.frames),
      takes: new Buckets(clock, limits.takes),
      clock,
      log,
    }
    this.#server = new NodeServer({
      tls: files.tls,
      limits,
      clock,
      log,
      onSocket: (socket, tls) => void this.#welcome(socket, tls),
    })
  }

  async start(): Promise<void> {
    const { host, port } = this.#options.listen
    this.#startedAt = this.#options.clock.now()
    try {
      const bound = await this.#server.listen(host, port)
      const name = this.#options.publicHost ?? host
      this.record.url = `wss://${name.includes(':') ? `[${name}]` : name}:${bound}`
      this.#map.set(this.record)
      this.#mailbox.start()
      this.#mover.start()
      this.#parts.table.start()
      this.#parts.revoker.start()
      await this.#ledger.start(LEDGER_START_MS)
      this.peers.start()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    this.peers.stop()
    this.#parts.watchers.stop()
    this.#parts.table.stop()
    this.#parts.revoker.stop()
    this.#mailbox.stop()
    this.#mover.stop()
    this.#ledger.stop()
    await this.#server.close()
    this.#database.close()
  }

  status(): S2Status {
    const { relay, table } = this.#parts
    return {
      ledger: this.#ledger.reachable ? 'reachable' : 'unreachable',
      chain: this.#ledger.chain,
      startedAt: this.#startedAt,
      links: { devices: relay.linked, nodes: this.peers.linked().length },
      presences: table.size,
      mail: this.#mailbox.total(),
      map: { nodes: this.#map.all().length, share: this.#map.share(this.record.nodeKey) },
      counters: this.#counters,
    }
  }

  #createPeers(): NodePeers {
    const { clock, random, log } = this.#options
    return new NodePeers({
      self: () => this.record,
      key: this.#files.key,
      given: this.#options.peers,
      map: this.#map,
      chain: () => this.#ledger.chain,
      clock,
      random,
      log,
      onLinked: (record) => this.#parts.watchers.linked(record),
      onFrame: (frame) => {
        if (frame.name === 'presenceUpdate') this.#parts.directory.learn(frame.body.packets)
        if (frame.name === 'revocations') void this.#parts.revoker.learn(frame.body.revocations)
      },
    })
  }

  #chain(): string {
    const { chain } = this.#ledger
    if (chain === undefined) throw new ParleyError('ledger_unreachable', 'This node does not reach its ledger yet.')
    return chain
  }

  async #welcome(socket: WebSocket, tls: TLSSocket): Promise<void> {
    const { clock, random, log } = this.#options
    const connection = new Connection(socket, log, this.#counters)
    try {
      const chain = () => this.#ledger.chain
      const guest = await greet(connection, tls, { key: this.#files.key, chain, clock, random })
      if (guest.role === 'device') await this.#admitDevice(connection, guest)
      else this.#admitNode(connection, guest)
    } catch (error) {
      log.debug({ err: error }, 'a link was refused')
      connection.close()
    }
  }

  async #admitDevice(connection: Connection, guest: Extract<Guest, { role: 'device' }>): Promise<void> {
    const { certificate, id } = guest
    const { registry, revocations, relay, clock, log } = this.#parts
    try {
      await registry.remember(certificate, clock.now())
      // From here to `attach` nothing waits: what comes later finds the link and cuts it.
      revocations.refuse(certificate.addressText, certificate.deviceId)
    } catch (error) {
      connection.sendError(id, error)
      throw error
    }
    const link = new DeviceLink(connection, certificate, this.#mailbox, log)
    connection.handle(serveDevice(link, this.#parts))
    this.#sendWelcome(connection, id, registry.stock(link.device))
    relay.attach(link)
    // A node that is no home of the address may not know that the device was revoked: the home nodes are asked beside.
    void this.#parts.revoker.of(link.address, true)
  }

  #admitNode(connection: Connection, guest: Extract<Guest, { role: 'node' }>): void {
    connection.handle(serveNode(connection, guest.record, this.#map, this.#parts))
    this.#sendWelcome(connection, guest.id, 0)
    this.peers.learn(guest.record)
  }

  #sendWelcome(connection: Connection, id: number, stock: number): void {
    connection.send('welcome', id, {
      time: this.#options.clock.now(),
      nodes: this.#map.all().slice(0, MAX_FRAME_NODES),
      stock,
      maxEnvelopeBytes: MAX_ENVELOPE_BYTES,
      maxTtl: MAX_MAILBOX_TTL_MS,
      framesPerSecond: { ...defaultLimits, ...this.#options.limits }.frames.perSecond,
    })
  }
}
