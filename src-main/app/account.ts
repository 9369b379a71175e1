import type { NetworkStatus, Settings } from '../contract/index.ts'
import { Chats, Receipts } from '../features/chat/index.ts'
import { Contacts, Requests } from '../features/contacts/index.ts'
import { Payments } from '../features/payments/index.ts'
import type { Rooms } from '../features/rooms/index.ts'
import { Wallet, WalletWatcher } from '../features/wallet/index.ts'
import type { Identity } from '../keys/index.ts'
import type { Overlay } from '../overlay/index.ts'
import type { Peers } from '../peer/index.ts'
import { Delivery, Inbox, type Sealer } from '../post/index.ts'
import { createMlsEngine, createSessions, type MlsEngine, type Sessions } from '../session/index.ts'
import type { OutboxRow, Store } from '../store/index.ts'
import { AccountRelay } from './account-relay.ts'
import type { AccountContext, AccountParts } from './account-types.ts'
import { contactNetwork } from './contact-network.ts'
import { Devices } from './devices.ts'
import { createDirectPeers, DirectWays } from './direct-peers.ts'
import { inboxHandlers } from './inbox-handlers.ts'
import { IonNetwork } from './ion.ts'
import { KeyUpdates } from './key-updates.ts'
import { LedgerState, observed } from './ledger-state.ts'
import { NetworkStart } from './network-start.ts'
import { networkView } from './network-view.ts'
import { OwnDevices } from './own-devices.ts'
import { PathChoice } from './carrier.ts'
import { createRooms, withRooms } from './rooms.ts'
import { OverlaySignalling } from './signalling.ts'
import { readSettings, writeSettings } from './settings.ts'

/** NANOS that a record burns at least: what brings less, as every letter does, changes nothing for what waits for tokens. */
const LEAST_INCOME = 1_000_000n
/** How long a stop waits for what is on its way; the outbox keeps the rest. */
const LAST_WORDS_MS = 1000

/** Everything that lives while an identity is unlocked, built in order and wired; dropped whole on lock. */
export class Account implements AccountContext {
  readonly identity: Identity
  readonly contacts: Contacts
  readonly requests: Requests
  readonly chats: Chats
  readonly receipts: Receipts
  readonly wallet: Wallet
  readonly payments: Payments
  readonly delivery: Delivery
  readonly devices: Devices
  readonly signalling: OverlaySignalling
  readonly peers: Peers
  readonly ways: DirectWays
  readonly sessions: Sessions
  readonly ion: IonNetwork
  readonly relay: AccountRelay
  readonly rooms: Rooms
  readonly keyUpdates: KeyUpdates
  readonly ownDevices: OwnDevices
  readonly store: Store
  inbox: Inbox | undefined
  overlay: Overlay | undefined
  sealer: Sealer | undefined
  readonly parts: AccountParts
  readonly #engine: MlsEngine
  readonly #watcher: WalletWatcher
  readonly #ledgerState: LedgerState
  readonly #network: NetworkStart
  #running = false

  constructor(parts: AccountParts) {
    const { identity, store, ledger, clock, random, log } = parts
    this.parts = parts
    this.identity = identity
    this.store = store
    const common = { store, clock, random, log }
    const self = { address: identity.address, device: identity.deviceId }
    this.#engine = createMlsEngine({
      spawn: parts.runtime.spawnMlsWorker,
      identity: { certificate: identity.certificate.signed, deviceSeed: identity.deviceSeed },
      clock,
      log,
    })
    this.keyUpdates = new KeyUpdates(this)
    this.ownDevices = new OwnDevices(this)
    this.sessions = createSessions({ engine: this.#engine, identity, ...this.keyUpdates.sessionParts(), ...common })
    this.devices = new Devices(store, () => this.overlay, clock, log)
    this.signalling = new OverlaySignalling({
      sealer: () => this.sealer,
      overlay: () => this.overlay,
      devices: this.devices,
      ledger: () => this.ion,
      rooms: () => this.rooms.live,
      ...common,
    })
    this.ways = new DirectWays(this)
    this.peers = createDirectPeers(this)
    this.delivery = new Delivery({ carrier: new PathChoice(this), prepare: (row) => this.#prepare(row), ...common })
    this.contacts = new Contacts({ network: contactNetwork(this), self: identity.address, ...common })
    this.requests = new Requests({
      contacts: this.contacts,
      network: contactNetwork(this),
      sessions: this.sessions,
      self: identity.address,
      selfName: identity.name,
      ...common,
    })
    const { sessions, delivery, keyUpdates } = this
    this.chats = new Chats({ sessions, delivery, holds: (chat) => keyUpdates.holds(chat), self, ...common })
    this.receipts = new Receipts({ chats: this.chats, ...common })
    const watched = observed(ledger, () => this.#ledgerState)
    this.wallet = new Wallet({ ledger: watched, signerOf: parts.signerOf, self: identity, ...common })
    this.ion = new IonNetwork(this, watched, this.wallet)
    this.relay = new AccountRelay(this, watched, this.wallet)
    const payer = { wallet: this.wallet, ledger: watched, self: self.address }
    this.payments = new Payments({ chats: this.chats, ...payer, ...common })
    this.rooms = createRooms(this, parts)
    this.#ledgerState = new LedgerState(ledger.url, clock, () => this.emitNetwork())
    this.#watcher = new WalletWatcher({
      wallet: this.wallet,
      onLedger: (reachable) => this.#ledgerState.report(reachable),
      onLook: () => this.payments.look(),
      ...common,
    })
    this.#network = new NetworkStart(this, this.#ledgerState)
    this.#wire()
  }

  /** Local parts first, so that the window can show everything at once; the network comes by itself. */
  async start(): Promise<void> {
    this.#running = true
    this.wallet.open()
    await this.#engine.start()
    this.delivery.start()
    await this.peers.start()
    this.#watcher.start()
    this.ways.start()
    this.#network.start()
    this.keyUpdates.start()
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#network.stop()
    this.ways.stop()
    this.rooms.stop()
    this.ion.stop()
    this.wallet.stop()
    this.keyUpdates.stop()
    this.ownDevices.stop()
    await this.receipts.stop()
    await this.delivery.drain(LAST_WORDS_MS)
    this.delivery.stop()
    this.inbox?.stop()
    await Promise.allSettled([this.#watcher.stop(), this.overlay?.stop(), this.peers.stop()])
    await this.#engine.stop()
    this.store.close()
  }

  /** Called by NetworkStart once the chain is known: what is signed and sealed is bound to it. */
  attach(overlay: Overlay, sealer: Sealer): void {
    const { clock, log } = this.parts
    this.overlay = overlay
    this.sealer = sealer
    this.inbox = new Inbox({
      store: this.store,
      sessions: this.sessions,
      sealer,
      handlers: withRooms(this, inboxHandlers(this)),
      isCatchingUp: (group) => this.keyUpdates.isFollowing(group),
      clock,
      log,
    })
    this.inbox.start()
    this.contacts.refreshWatch()
    this.rooms.start(sealer)
    this.ion.begin(sealer)
  }

  /** Which ledger this is, for links and explorers. */
  whereabouts(): { network: NetworkStatus['ledger']['network']; chain: string | undefined } {
    return { network: this.#ledgerState.network, chain: this.#ledgerState.chain }
  }

  settings(): Settings {
    return readSettings(this.store)
  }

  changeSettings(change: Parameters<typeof writeSettings>[1]): Settings {
    const settings = writeSettings(this.store, change)
    this.ways.apply()
    this.ion.look()
    this.rooms.live.recheck()
    this.parts.emit('settings', settings)
    return settings
  }

  networkStatus(): NetworkStatus {
    return networkView(this, this.#ledgerState)
  }

  emitNetwork(): void {
    if (this.#running) this.parts.emit('network', this.networkStatus())
  }

  /** A contact is there: what waits for it goes now, and a direct path is tried beside. */
  reach(address: string): void {
    this.delivery.hasten(address)
    if (this.store.contacts.get(address)?.state !== 'accepted' || this.ion.reaches(address)) return
    for (const device of this.devices.idsOf(address)) this.peers.connect(device)
  }

  /**
   * Somebody who was blocked may write again. The nodes hear of it first: what the other sends before they know is refused for
   * good. Then what waits goes, and a path is sought, by which the other's messages come too.
   */
  async meetAgain(address: string): Promise<void> {
    await this.overlay?.contactsTold()
    if (this.store.contacts.get(address)?.state !== 'accepted') return
    this.reach(address)
    this.ion.want(address)
  }

  #wire(): void {
    const { emit } = this.parts
    this.contacts.on('contact', (payload) => {
      emit('contact', payload)
      if (payload.contact.state === 'blocked') this.rooms.live.block(payload.contact.address)
      if (payload.removed || payload.contact.state === 'blocked') this.#part(payload.contact.address)
    })
    this.contacts.on('group', ({ address }) => this.#onGroup(address))
    this.chats.on('message', (message) => {
      emit('message', message)
      this.keyUpdates.look(message.chat)
      if (message.outgoing) this.ion.want(message.chat)
    })
    this.chats.on('message.state', (change) => emit('message.state', change))
    this.chats.on('message.changed', (message) => emit('message.changed', message))
    this.wallet.on('transaction', (transaction) => {
      emit('wallet.transaction', transaction)
      if (transaction.direction === 'in' && transaction.nanos >= LEAST_INCOME) this.#onIncome()
    })
    this.delivery.on('progress', ({ row, state, failure, way }) => {
      if (way && row.messageId !== undefined) this.relay.ways.went(row.messageId, way)
      if (row.kind === 'room') return this.rooms.onProgress(row, state, failure)
      this.requests.onProgress(row, state)
      if (row.kind === 'accept' && state === 'stored' && this.ion.reaches(row.address)) this.ion.onAccepted(row.address)
      if (row.messageId === undefined) return
      if (state === 'stored') this.chats.setState(row.messageId, 'stored')
      if (state === 'failed') this.chats.setState(row.messageId, 'failed', failure)
    })
    this.peers.on('way', () => this.emitNetwork())
    this.peers.on('path', ({ device, open }) => this.#onPath(device, open))
    this.peers.on('message', ({ device, bytes, accept }) => this.inbox?.receive(bytes, device, accept))
  }

  /** A direct path is a way, and a sign of presence where no node gives one. */
  #onPath(device: string, open: boolean): void {
    const address = this.devices.addressOf(device)
    if (address !== undefined && this.store.contacts.get(address)?.state === 'accepted') {
      if (open) this.delivery.hasten(address)
      if (open ? this.peers.isWhole(device) : !this.overlay?.isOnline(address))
        this.parts.emit('presence', { address, online: open })
    }
    this.emitNetwork()
  }

  /** What waited for tokens goes now: the own card, and requests through the ledger. */
  #onIncome(): void {
    this.ion.look()
    this.rooms.live.recheck()
    if (this.ion.board.allowed()) this.delivery.hastenAll()
  }

  /** Whoever is no contact any more gets no direct path; the nodes refuse what they send from now on. */
  #part(address: string): void {
    for (const device of this.devices.idsOf(address)) if (!this.rooms.live.knows(device)) this.peers.disconnect(device)
  }

  #onGroup(address: string): void {
    const group = this.store.groups.active(address)
    if (group) this.chats.repost(address, group.groupId)
    this.inbox?.retryWaiting()
    if (this.ion.reaches(address)) this.ion.onGroup(address)
    this.ownDevices.lookSoon()
    this.reach(address)
  }

  #prepare(row: OutboxRow) {
    if (row.kind === 'room') return this.rooms.prepare(row)
    return row.kind === 'event' ? this.chats.prepare(row) : this.requests.prepare(row)
  }
}
