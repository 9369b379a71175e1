import { type Clock, type Log, type Random } from '../../base/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type { Ledger, NodePrices, NodeRegistry } from '../../ledger/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { LINK_VERSION } from '../link/dial.ts'
import type { SectorMap } from '../sector/map.ts'
import type { NodeAddress } from '../types.ts'
import type { NodeService } from '../node/service.ts'
import { JsonFile } from './files.ts'
import { RegistryFollower } from './follower.ts'
import { knownSchema } from './known-records.ts'
import { MapFeed } from './map-feed.ts'
import { Registrar, type RegistrationState } from './registrar.ts'
import type { OperatorSender, SpendingLedger } from './sender.ts'

/** How long a start waits for the registry before it serves without. */
const START_MS = 3_000
/** Relay and mailbox: what every node does. */
const BASE_ROLES = 3n
const NO_PRICES: NodePrices = { relayedMb: 0n, storedMbDay: 0n, forwardedTransaction: 0n }

export interface RegistryOptions {
  /** The registry of the node's ledger; undefined where it has none. */
  find: () => Promise<NodeRegistry | undefined>
  /** Present: this node registers itself, and pays from an account whose key is in its folder. */
  register?: {
    ledger: SpendingLedger & Pick<Ledger, 'balance' | 'faucet'>
    prices?: NodePrices
  }
}

/** What the registry knows of this node and of others. */
export interface RegistryStatus {
  /** Whether registered nodes alone count, beside those given by hand. */
  inForce: boolean
  /** Live records. */
  nodes: number
  /**
   * Where this node registers itself: how it stands, and the account that pays, with its NANOS after the last transaction that the node made
   * for it, or when there was too little for one.
   */
  registration?: { state: RegistrationState; account: string; object: string | null; nanos?: bigint }
}

export interface RegistryParts {
  options: RegistryOptions
  /** The account that pays. */
  operator: () => Promise<OperatorSender>
  epoch: () => Promise<{ epoch: bigint }>
  dataDir: string | undefined
  record: NodeRecordValue
  key: SigningKey
  map: SectorMap
  given: readonly NodeAddress[]
  /** What is known of the registry could not be kept; it is known all the same. */
  onWriteFailed: (error: unknown) => void
  /** Role bits of the node's services. */
  roles: () => bigint
  clock: Clock
  random: Random
  log: Log
}

/** The registry's part of a node: follows it, keeps the map by it, and registers the node where that is wanted. */
export class RegistryService implements NodeService {
  readonly #parts: RegistryParts
  readonly #follower: RegistryFollower
  readonly #feed: MapFeed
  #registrar: Registrar | undefined
  #account: string | undefined

  constructor(parts: RegistryParts) {
    this.#parts = parts
    const { options, epoch, dataDir, map, record, given, onWriteFailed, clock, log } = parts
    const file = new JsonFile(dataDir, 'registry.json', knownSchema)
    this.#follower = new RegistryFollower({ find: options.find, epoch, file, onWriteFailed, clock, log })
    this.#feed = new MapFeed({ follower: this.#follower, map, self: record, given, log })
  }

  /** Throws `storage_damaged`. */
  async start(): Promise<void> {
    this.#follower.on('changed', () => this.#feed.update())
    await this.#startRegistrar()
    await this.#follower.start(START_MS)
    this.#feed.update()
  }

  /** Ends a start that waits for the ledger; `stop` follows. */
  interrupt(): void {
    this.#follower.stop()
  }

  async stop(): Promise<void> {
    this.#follower.stop()
    await this.#registrar?.stop()
  }

  /** Whether a node that links here or is named may be on the map; one that may not yet is looked for in the registry. */
  admits(node: Pick<NodeRecordValue, 'nodeKey' | 'fingerprint'>): boolean {
    const admitted = this.#feed.admits(node)
    if (!admitted) this.#follower.hint()
    return admitted
  }

  /** `0x…`; known after `start` where this node registers itself. */
  get account(): string | undefined {
    return this.#account
  }

  status(): RegistryStatus {
    const { inForce, live } = this.#follower
    const state = this.#registrar?.state
    const account = this.#account
    if (!state || !account) return { inForce, nodes: live.size }
    const nanos = this.#registrar?.nanos
    const registration = { state, account, object: this.#parts.record.object, ...(nanos !== undefined && { nanos }) }
    return { inForce, nodes: live.size, registration }
  }

  async #startRegistrar(): Promise<void> {
    const { options, operator, key, record, roles, clock, random, log } = this.#parts
    const { register } = options
    if (!register) return
    const sender = await operator()
    this.#account = sender.address
    const { ledger, prices = NO_PRICES } = register
    this.#registrar = new Registrar({
      follower: this.#follower,
      sender,
      ledger,
      nodeKey: key,
      profile: () => ({
        endpoints: record.endpoints,
        fingerprint: record.fingerprint,
        roles: BASE_ROLES | roles(),
        prices,
        version: BigInt(LINK_VERSION),
      }),
      clock,
      random,
      log,
    })
    this.#registrar.start()
  }
}
