import { backoff, type Clock, type Log, type Random, toHex } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import {
  isLive,
  type Ledger,
  MIN_STAKE,
  type NodeProfile,
  type NodeRegistry,
  type RegisteredNode,
  type RegistryTransaction,
} from '../../ledger/index.ts'
import { registryClaimDigest } from '../../wire/index.ts'
import { MAX_RENEWAL_SPREAD_MS, RENEWAL_SPREAD, STEP_FIRST_MS, STEP_MOST_MS } from './constants.ts'
import type { RegistryFollower } from './follower.ts'
import { ownRecords } from './own-records.ts'
import type { OperatorSender, Sent } from './sender.ts'

export interface RegistrarOptions {
  follower: RegistryFollower
  sender: OperatorSender
  ledger: Pick<Ledger, 'balance' | 'faucet'>
  nodeKey: SigningKey
  /** What the node tells of itself now. */
  profile: () => NodeProfile
  clock: Clock
  random: Random
  log: Log
}

/** How this node stands. `no_registry`: the ledger has none, so there is nothing to register in and nothing to pay for. */
export type RegistrationState =
  'none' | 'starting' | 'no_registry' | 'unfunded' | 'registering' | 'live' | 'lapsed' | 'leaving'

/** Keeps this node registered: once, renewed in each epoch and whenever its profile changes; never again once it left. */
export class Registrar {
  readonly #options: RegistrarOptions
  readonly #nodeKey: string
  #state: RegistrationState = 'starting'
  #left = false
  /** That there is a registry was said. */
  #announced = false
  /** That the balance is too small was said. */
  #warned = false
  /** That the account has other records was said. */
  #told = false
  #running = false
  #stepping: Promise<void> | undefined
  #failures = 0
  #nanos: bigint | undefined
  #notBefore = -Infinity
  /** When to renew, in which epoch. */
  #due: { epoch: bigint; at: number } | undefined
  #unsubscribe: (() => void)[] = []
  #cancel = () => {}

  constructor(options: RegistrarOptions) {
    this.#options = options
    this.#nodeKey = toHex(options.nodeKey.publicKey)
  }

  get state(): RegistrationState {
    return this.#state
  }

  /** NANOS of the account, as the ledger told it when it was asked for a transaction last. */
  get nanos(): bigint | undefined {
    return this.#nanos
  }

  start(): void {
    const { follower } = this.#options
    this.#running = true
    this.#unsubscribe = [
      follower.on('polled', ({ registry, epoch }) => this.#step(registry, epoch)),
      follower.on('missing', () => this.#missing()),
    ]
  }

  async stop(): Promise<void> {
    this.#running = false
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#cancel()
    await this.#stepping
  }

  /** Said once: until somebody publishes the package nothing changes. */
  #missing(): void {
    if (this.#state === 'no_registry') return
    this.#state = 'no_registry'
    this.#options.log.warn(
      {},
      'this ledger has no registry of nodes, so this node serves without being registered: send its account nothing. ' +
        'Name the registry’s package with --package, or leave --register out',
    )
  }

  #announce(): void {
    const { log, sender } = this.#options
    if (this.#announced) return
    this.#announced = true
    if (this.#state === 'no_registry') this.#set('starting')
    log.info({ account: sender.address, node: this.#nodeKey }, 'this node registers itself; the account pays')
  }

  #step(registry: NodeRegistry, epoch: bigint): void {
    this.#announce()
    if (!this.#running || this.#stepping || this.#options.clock.steady() < this.#notBefore) return
    this.#stepping = this.#next(registry, epoch)
      .then((sent) => {
        this.#failures = 0
        // What was done is on the ledger now: everybody here shall know it at once.
        if (sent && this.#running) void this.#options.follower.refresh()
      })
      .catch((error: unknown) => this.#failed(toParleyError(error)))
      .finally(() => (this.#stepping = undefined))
  }

  #failed(error: ParleyError): void {
    const { clock, random, log, follower } = this.#options
    const wait = backoff(this.#failures++, STEP_FIRST_MS, STEP_MOST_MS, random)
    this.#notBefore = clock.steady() + wait
    this.#cancel()
    this.#cancel = clock.after(wait, () => follower.hint())
    if (error.code === 'insufficient_funds') return
    log.warn({ code: error.code, err: error.cause }, 'the registration did not succeed; trying again')
  }

  /** The one thing to do now; answers whether something was sent. */
  async #next(registry: NodeRegistry, epoch: bigint): Promise<boolean> {
    const { sender } = this.#options
    const before = await sender.resend()
    if (before) return this.#settle(registry, before)
    // Only the object tells that this node is registered: until it is known, nothing else is signed.
    if (sender.registered !== undefined) return this.#registered(registry, sender.registered)
    const own = await this.#own(registry)
    if (!own && this.#left) this.#set('none')
    if (!own) return this.#left ? false : this.#register(registry)
    if (own.freeFrom !== 0n) return this.#leaving(own)
    this.#set(isLive(own, epoch) ? 'live' : 'lapsed', own)
    if (!this.#isDue(own, epoch)) return false
    const change = { kind: 'renew', record: own, profile: this.#options.profile() } as const
    const prepare = () => this.#prepare(() => registry.prepareChange(change))
    return this.#settle(registry, await sender.send('renew', prepare))
  }

  /** Once more where tokens came in between. */
  async #prepare(make: () => Promise<RegistryTransaction>): Promise<RegistryTransaction> {
    const prepared = await make().catch(async (error: unknown) => {
      await this.#fund(error)
      return make()
    })
    const { burned, deposit } = prepared.fee
    this.#nanos = prepared.left - burned - deposit
    return prepared
  }

  /** The record of this node and account; one that is not live is not in the map and is read by its id. */
  async #own(registry: NodeRegistry): Promise<RegisteredNode | undefined> {
    const { sender, follower } = this.#options
    const mine = (record: RegisteredNode | undefined) =>
      record?.owner === sender.address && record.nodeKey === this.#nodeKey ? record : undefined
    if (sender.object !== undefined) {
      const known = mine(follower.record(sender.object)) ?? mine((await registry.records([sender.object]))[0])
      if (known) return known
    }
    const found =
      mine(follower.live.get(this.#nodeKey)) ?? (this.#left ? undefined : mine(await this.#search(registry)))
    if (found && found.object !== sender.object) await sender.found(found.object)
    return found
  }

  /** What is on no map stands on the ledger all the same, with its stake: it is renewed rather than a second one paid. */
  async #search(registry: NodeRegistry): Promise<RegisteredNode | undefined> {
    const { sender, log } = this.#options
    const records = await ownRecords(registry, sender.address)
    const others = records.filter(({ nodeKey }) => nodeKey !== this.#nodeKey)
    if (others.length > 0 && !this.#told)
      log.warn(
        { objects: others.map(({ object }) => object) },
        'this account has registered other nodes; their stake can be taken back',
      )
    this.#told = true
    return records.find(({ nodeKey }) => nodeKey === this.#nodeKey)
  }

  async #register(registry: NodeRegistry): Promise<boolean> {
    const { sender, nodeKey, profile } = this.#options
    const owner = sender.address
    const proof = nodeKey.sign(registryClaimDigest(registry.packageId, owner, nodeKey.publicKey))
    const request = { owner, nodeKey: nodeKey.publicKey, profile: profile(), proof, stake: MIN_STAKE }
    const prepare = async () => {
      // Another process may have settled a registration that this one did not know of.
      if (sender.registered !== undefined) return undefined
      const prepared = await this.#prepare(() => registry.prepareRegister(request)).catch((error: unknown) => {
        if (toParleyError(error).code === 'insufficient_funds') this.#set('unfunded')
        throw error
      })
      this.#set('registering')
      return prepared
    }
    return this.#settle(registry, await sender.send('register', prepare))
  }

  /** A local ledger gives tokens by itself; elsewhere the operator is told where to send them. Rejects where nothing came. */
  async #fund(error: unknown): Promise<void> {
    if (!(error instanceof ParleyError) || error.code !== 'insufficient_funds') throw error
    const { ledger, sender, log } = this.#options
    const given = await ledger.faucet(sender.address).then(
      () => true,
      () => false,
    )
    if (given) return
    const nanos = (this.#nanos = await ledger.balance(sender.address))
    if (!this.#warned)
      log.warn(
        { account: sender.address, nanos: nanos.toString(), stake: MIN_STAKE.toString() },
        "the balance of this node's account is too small: send it the stake, where it is not registered, and 0.1 IOTA for fees",
      )
    this.#warned = true
    throw error
  }

  async #settle(registry: NodeRegistry, sent: Sent | undefined): Promise<boolean> {
    this.#warned = false
    if (!sent) return false
    if (sent.outcome?.status !== 'success')
      throw new ParleyError('conflict', 'The ledger did not take the transaction.')
    if (sent.kind === 'register') return this.#registered(registry, sent.digest)
    const { follower, log } = this.#options
    if (sent.kind === 'renew') log.info({ epoch: follower.epoch.toString() }, 'the registration is renewed')
    return true
  }

  async #registered(registry: NodeRegistry, digest: string): Promise<boolean> {
    const { sender, log } = this.#options
    const object = await registry.registeredBy(digest)
    if (object === undefined)
      throw new ParleyError('ledger_unreachable', 'The ledger does not show the registration yet.')
    await sender.found(object)
    log.info({ object, account: sender.address }, 'this node is registered')
    return true
  }

  #leaving(own: RegisteredNode): boolean {
    this.#left = true
    this.#set('leaving', own)
    return false
  }

  /** A new profile is told at once, a renewal some time in the first part of the epoch. */
  #isDue(own: RegisteredNode, epoch: bigint): boolean {
    const { clock, random, follower, profile } = this.#options
    if (!isSameProfile(own.profile, profile())) return true
    if (own.renewed >= epoch) return false
    if (!isLive(own, epoch)) return true
    if (this.#due?.epoch !== epoch) {
      const spread = Math.min((follower.epochMs ?? 0) * RENEWAL_SPREAD, MAX_RENEWAL_SPREAD_MS)
      this.#due = { epoch, at: clock.steady() + spread * random.float() }
      this.#cancel()
      this.#cancel = clock.after(this.#due.at - clock.steady(), () => follower.hint())
    }
    return clock.steady() >= this.#due.at
  }

  #set(state: RegistrationState, own?: RegisteredNode): void {
    if (state === this.#state) return
    this.#state = state
    const about = own ? { object: own.object, freeFrom: own.freeFrom.toString() } : {}
    this.#options.log.info({ state, ...about }, 'registration')
  }
}

function isSameProfile(one: NodeProfile, other: NodeProfile): boolean {
  const text = ({ endpoints, fingerprint, roles, prices, version }: NodeProfile) => {
    const { relayedMb, storedMbDay, forwardedTransaction } = prices
    return [...endpoints, fingerprint, roles, relayedMb, storedMbDay, forwardedTransaction, version].join(' ')
  }
  return text(one) === text(other)
}
