import type { TLSSocket } from 'node:tls'
import type { WebSocket } from 'ws'
import { ParleyError } from '../../contract/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { formatNodeAddress } from '../link/address.ts'
import { Backlog } from '../link/backlog.ts'
import type { TurnedAway } from '../limits/admittance.ts'
import { admit } from './admission.ts'
import type { NodeCounters } from './counters.ts'
import { drainLinks } from './drain.ts'
import { type NodeFiles, openNodeFiles } from './files.ts'
import { lockNodeFolder } from './folder-lock.ts'
import type { S2NodeOptions } from './options.ts'
import { createParts, type NodeParts } from './parts.ts'
import type { NodePeers } from './peers.ts'
import type { RewardTotals } from '../fees/reward-sums.ts'
import type { RegistryStatus } from '../registry/service.ts'
import { type ClusterHealth, type Rows, totalOf } from '../state/index.ts'
import { NodeServer } from './server.ts'

/** How long a start waits for a ledger before it serves without. */
const LEDGER_START_MS = 3_000

export interface S2Node {
  /** Resolves when it listens. Throws `conflict` (port taken, folder in use, another node's cluster), `storage_damaged`, or `offline` (no cluster). */
  start(): Promise<void>
  /**
   * Lets nobody in any more, sends the clients to their other nodes one after the other, and gives the other nodes what they were to
   * have. Resolves after `ms` at the latest; `stop` follows.
   */
  drain(ms: number): Promise<void>
  /** Ends a start that is under way as well: that throws `offline` then. */
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
  /** Whether its folder takes what is written. */
  disk: 'writable' | 'full'
  chain: string | undefined
  /** Milliseconds since 1970. */
  startedAt: number
  /** It sends its clients away. */
  draining: boolean
  links: { devices: number; nodes: number }
  /** Addresses with a presence. */
  presences: number
  mail: { envelopes: number; bytes: number }
  /** What is kept for everybody, and watched by those who link; each is bounded (`NodeLimits.kept`). */
  kept: {
    devices: number
    contacts: number
    keyPackageBytes: number
    revocations: number
    accepted: number
    logs: number
    logBytes: number
  }
  watches: number
  /** Facts that other nodes have not taken yet. */
  replicating: number
  /** Nodes on the map, and the share of all addresses that this one is home to. */
  map: { nodes: number; share: number }
  counters: NodeCounters
  /** Absent where the node was given no registry. */
  registry?: RegistryStatus
  /** What its vouchers come to; absent where it asks for nothing. */
  rewards?: RewardTotals
  /** The operator's NATS cluster; absent for a node that is one process. */
  cluster?: ClusterHealth
}

/** An S2 node: presence, sector lookups, relay, mailboxes and key packages for the addresses that are near to it. */
export function createS2Node(options: S2NodeOptions): S2Node {
  let running: RunningNode | undefined
  let starting: Promise<void> | undefined
  let isStopping = false
  let unlock = () => {}
  const needed = (): RunningNode => {
    if (!running) throw new ParleyError('conflict', 'The node has not been started.')
    return running
  }
  const begin = async () => {
    if (options.dataDir !== undefined) unlock = await lockNodeFolder(options.dataDir)
    try {
      const files = await openNodeFiles(options.dataDir, options.clock, options.random, options)
      if (isStopping) throw stopping()
      running = new RunningNode(options, files)
      await running.start()
    } catch (error) {
      running = undefined
      unlock()
      throw error
    }
  }
  return {
    async start() {
      if (running ?? starting) throw new ParleyError('conflict', 'The node has been started already.')
      isStopping = false
      starting = begin().finally(() => (starting = undefined))
      await starting
    },
    drain: (ms) => needed().drain(ms),
    async stop() {
      isStopping = true
      running?.interrupt()
      await starting?.catch(() => {})
      const node = running
      running = undefined
      try {
        await node?.stop()
      } finally {
        unlock()
      }
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
  readonly #options: S2NodeOptions
  readonly #parts: NodeParts
  readonly #server: NodeServer
  #startedAt = 0
  #draining = false
  #hasState = false
  #started = false
  #interrupted = false

  constructor(options: S2NodeOptions, files: NodeFiles) {
    this.#options = options
    const parts = createParts(options, files)
    this.#parts = parts
    const { limits, clock, log } = parts
    const backlog = new Backlog(limits.unreadBytes, () => parts.counters.cutOff++)
    const { random } = options
    const onSocket = (socket: WebSocket, tls: TLSSocket) => void admit(socket, tls, parts, { random, backlog })
    const onTurnedAway = (why: TurnedAway) => parts.counters.turnedAway[why]++
    this.#server = new NodeServer({ tls: files.tls, limits, clock, log, onTurnedAway, onSocket })
  }

  get record(): NodeRecordValue {
    return this.#parts.record
  }

  get peers(): NodePeers {
    return this.#parts.peers
  }

  async start(): Promise<void> {
    const { host, port } = this.#options.listen
    const { record, map, state, siblings, mailbox, table, ledger, services, peers, disk } = this.#parts
    this.#startedAt = this.#options.clock.now()
    try {
      await this.#unlessStopping(state.start())
      this.#hasState = true
      disk.start()
      siblings.start()
      const bound = await this.#unlessStopping(this.#server.listen(host, port))
      const name = this.#options.publicHost ?? host
      const own = `wss://${name.includes(':') ? `[${name}]` : name}:${bound}`
      record.endpoints = [...new Set([own, ...(this.#options.also ?? [])])]
      map.set(record)
      mailbox.start()
      table.start()
      await this.#unlessStopping(ledger.start(LEDGER_START_MS))
      for (const service of services) await this.#unlessStopping(service.start?.())
      peers.start()
      this.#started = true
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** Ends what a start waits for; the start throws then. A node that runs is left as it is. */
  interrupt(): void {
    if (this.#started) return
    const { state, ledger, nodeRegistry } = this.#parts
    this.#interrupted = true
    ledger.stop()
    nodeRegistry?.interrupt()
    // Its own database is there at once, and others write to it still: only a cluster is waited for.
    if (this.#options.cluster && !this.#hasState) void state.stop()
  }

  async #unlessStopping<T>(step: Promise<T> | T): Promise<T> {
    const value = await step
    if (this.#interrupted) throw stopping()
    return value
  }

  async drain(ms: number): Promise<void> {
    this.#draining = true
    this.#server.drain()
    await drainLinks({ ...this.#parts, random: this.#options.random }, ms)
  }

  async stop(): Promise<void> {
    const { peers, watchers, table, mailbox, ledger, services, state, disk } = this.#parts
    peers.stop()
    for (const service of [...services].reverse()) await service.stop?.()
    watchers.stop()
    table.stop()
    mailbox.stop()
    ledger.stop()
    await this.#server.close()
    await disk.stop()
    await state.stop()
  }

  status(): S2Status {
    const { relay, table, ledger, peers, mailbox, map, record, counters, replication } = this.#parts
    const cluster = this.#parts.cluster()
    const rewards = this.#parts.rewards()
    return {
      ledger: ledger.reachable ? 'reachable' : 'unreachable',
      disk: this.#parts.disk.full ? 'full' : 'writable',
      chain: ledger.chain,
      startedAt: this.#startedAt,
      draining: this.#draining,
      links: { devices: relay.linked, nodes: peers.linked().length },
      presences: table.size,
      mail: mailbox.total(),
      kept: keptIn(this.#parts.state.rows),
      watches: this.#parts.watchers.size,
      replicating: replication.waiting,
      map: { nodes: map.all().length, share: map.share(record.nodeKey) },
      counters,
      ...(this.#parts.nodeRegistry && { registry: this.#parts.nodeRegistry.status() }),
      ...(rewards && { rewards }),
      ...(cluster && { cluster }),
    }
  }
}

function stopping(): ParleyError {
  return new ParleyError('offline', 'The node is stopping.')
}

function keptIn(rows: Rows): S2Status['kept'] {
  return {
    devices: totalOf(rows, 'device').count,
    contacts: totalOf(rows, 'allowed').count,
    keyPackageBytes: totalOf(rows, 'key_package').bytes,
    revocations: totalOf(rows, 'revocation').count,
    accepted: totalOf(rows, 'accepted').count,
    logs: totalOf(rows, 'log').count,
    logBytes: totalOf(rows, 'log').bytes,
  }
}
