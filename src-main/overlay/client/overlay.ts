import { deadline, Emitter } from '../../base/index.ts'
import type { LinkFrame, NodeRecordValue } from '../../wire/index.ts'
import { MAX_MAILBOX_TTL_MS, SEND_MS } from '../constants.ts'
import { PresenceTable } from '../presence/table.ts'
import { checkPresence } from '../presence/packet.ts'
import { checkSize } from '../relay/envelope-head.ts'
import { askInTurn } from '../sector/ask.ts'
import { chainSalt, SaltSource } from '../sector/salt.ts'
import type {
  CheckedPresence,
  LinkStatus,
  Overlay,
  OverlayEvents,
  PublishedKeyPackage,
  Recipient,
  RevocationBook,
  SendResult,
  Urgency,
} from '../types.ts'
import { again } from './again.ts'
import { Announcer } from './announcer.ts'
import { Contacts } from './contacts.ts'
import { IceServers } from './ice.ts'
import { Inbox } from './inbox.ts'
import { postageAsked } from '../fees/asks.ts'
import type { LinkedNode } from '../fees/linked-node.ts'
import { KeyStock } from './key-stock.ts'
import { Links } from './links.ts'
import { isRefusal, linkedNode } from './linked-node.ts'
import { ClientLogs } from './logs.ts'
import type { NodeLink } from './node-link.ts'
import { Strangers } from './strangers.ts'
import { NodeTraffic } from './traffic.ts'
import type { OverlayOptions } from './options.ts'
import { ClientRevocations } from './revocations.ts'

/** Nodes answer in milliseconds, but a live delivery may wait for the other device to write to its disk. */
const SEND_HEDGE_MS = 4_000
const LOOKUP_HEDGE_MS = 1_500
/** How often a node is asked for this device's home nodes: they change as nodes come and go. */
const SECTOR_MS = 60_000
/** The same for a request to a stranger: nodes are linked to and asked one after the other. */
const STRANGER_MS = 3 * SEND_MS
const SILENT = 'The node did not answer in time.'

const NO_REVOCATIONS: RevocationBook = { has: () => false, own: () => [] }

/** A device's side of the overlay; see types.ts. */
export function createOverlay(options: OverlayOptions): Overlay {
  return new OverlayClient(options)
}

class OverlayClient implements Overlay {
  readonly #options: OverlayOptions
  readonly #events: Emitter<OverlayEvents>
  readonly #salt: SaltSource
  readonly #links: Links
  readonly #traffic: NodeTraffic
  readonly #table: PresenceTable<CheckedPresence>
  readonly #announcer: Announcer
  readonly #stock: KeyStock
  readonly #logs: ClientLogs
  readonly #contacts: Contacts
  readonly #inbox: Inbox
  readonly #ice: IceServers
  readonly #strangers: Strangers
  readonly #book: RevocationBook
  readonly #revocations: ClientRevocations
  readonly #online = new Map<string, boolean>()
  #running = false
  #cancelSector = () => {}

  constructor(options: OverlayOptions) {
    const { identity, chain, nodes, clock, random, log } = options
    this.#options = options
    this.#events = new Emitter<OverlayEvents>((error) => log.error({ err: error }, 'an overlay listener failed'))
    this.#salt = new SaltSource({
      first: chainSalt(chain),
      known: false,
      read: options.salt,
      clock,
      random,
      log,
      onChange: () => this.#saltChanged(),
    })
    const certificate = identity.certificate
    const { registry } = options
    this.#traffic = new NodeTraffic(clock)
    this.#links = new Links({
      traffic: this.#traffic,
      registry,
      address: certificate.addressText,
      nodes,
      memory: options.memory,
      salts: () => this.#salt.salts(),
      credentials: { role: 'device', certificate: certificate.signed, key: identity.deviceKey },
      chain,
      clock,
      random,
      log,
      onLinked: (link) => this.#linked(link),
      onLost: (link) => this.#inbox.lost(link),
      onFrame: (link, frame) => this.#frame(link, frame),
      onStatus: (links) => this.#events.emit('links', links),
    })
    this.#table = new PresenceTable<CheckedPresence>(clock, (address) => this.#presenceChanged(address))
    this.#book = options.revocations ?? NO_REVOCATIONS
    this.#revocations = new ClientRevocations({
      address: certificate.addressText,
      book: this.#book,
      links: this.#links,
      table: this.#table,
      events: this.#events,
      clock,
      log,
    })
    this.#announcer = new Announcer({ identity, chain, clock, random, log, links: this.#links })
    const own = { connected: () => this.#links.own(), clockAheadMs: () => this.#links.clockAheadMs() }
    this.#contacts = new Contacts({ identity, clock, random, log, links: own })
    this.#logs = new ClientLogs(this.#links, clock, options.payer)
    this.#stock = new KeyStock(identity, this.#links, clock, (remaining) =>
      this.#events.emit('keyPackagesLow', { remaining }),
    )
    const onChange = (servers: OverlayEvents['ice']) => this.#events.emit('ice', servers)
    this.#ice = new IceServers({ links: this.#links, clock, log, onChange })
    const check = registry && ((records: readonly NodeRecordValue[]) => registry.check(records))
    this.#strangers = new Strangers({ links: this.#links, payer: options.payer, check, clock, log })
    this.#inbox = new Inbox({ identity, emit: (payload) => this.#events.emit('envelope', payload) })
  }

  async start(): Promise<void> {
    if (this.#running) return
    this.#running = true
    this.#salt.start()
    this.#table.start()
    this.#announcer.start()
    this.#links.start()
    this.#cancelSector = again(this.#options, SECTOR_MS, () => this.#links.askSector())
  }

  async stop(): Promise<void> {
    if (!this.#running) return
    this.#running = false
    this.#cancelSector()
    await this.#announcer.goodbye()
    this.#announcer.stop()
    this.#contacts.stop()
    this.#stock.stop()
    this.#ice.stop()
    this.#strangers.stop()
    this.#salt.stop()
    this.#links.stop()
    this.#table.stop()
    this.#events.clear()
  }

  on<K extends keyof OverlayEvents>(name: K, listener: (payload: OverlayEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  links(): LinkStatus[] {
    return this.#links.statuses()
  }

  checkLinks(): void {
    this.#links.check()
  }

  setContacts(addresses: readonly string[]): void {
    this.#contacts.set(addresses)
  }

  contactsTold(): Promise<void> {
    return this.#contacts.told()
  }

  isOnline(address: string): boolean {
    return this.#table.living(address).length > 0
  }

  async lookup(address: string): Promise<CheckedPresence[]> {
    const links = await this.#links.towards(address)
    await askInTurn(this.#options.clock, links, LOOKUP_HEDGE_MS, async (link) => {
      const asked = this.#revocations.ask(link, address)
      const { packets } = await link.request('getPresence', { address }, 'presence')
      await asked
      this.#learn(address, packets)
    })
    return this.#table.living(address)
  }

  async send(to: Recipient, envelope: Uint8Array, urgency: Urgency, ttlMs: number): Promise<SendResult> {
    checkSize(envelope, urgency)
    const ttl = Math.max(0, Math.min(Math.ceil(ttlMs), MAX_MAILBOX_TTL_MS))
    const links = await this.#links.towards(to.address)
    // Whoever is written to may answer at once: the nodes must know before that they may.
    await this.#contacts.toldSoon()
    const body = { ...to, ttl, urgency: { [urgency]: true } as never, envelope }
    // The same envelope twice is one: a link that breaks or is silent does not hold it up.
    const ask = (link: NodeLink, mayPay = false) => {
      const attempt = async () => (await link.request('send', body, 'sendResult', SEND_MS)).result.$kind
      const counted = { to, envelope, ttl, mayPay }
      return this.#options.payer?.send(linkedNode(this.#links, link), counted, attempt) ?? attempt()
    }
    const sent = deadline(askInTurn(this.#options.clock, links, SEND_HEDGE_MS, ask, isRefusal), SEND_MS, SILENT)
    if (urgency !== 'request') return sent
    return sent.catch((error: unknown) => {
      if (postageAsked(error) === undefined) throw error
      return deadline(
        this.#strangers.send(to.address, error, (link) => ask(link, true)),
        STRANGER_MS,
        SILENT,
      )
    })
  }

  publishKeyPackages(packages: Uint8Array[], lastResort: Uint8Array): Promise<void> {
    return this.#stock.publish(packages, lastResort)
  }

  takeKeyPackages(address: string, devices?: readonly string[]): Promise<PublishedKeyPackage[]> {
    return this.#stock.take(address, devices)
  }

  readonly publishRevocation: Overlay['publishRevocation'] = (signed) => this.#revocations.publish(signed)
  readonly ownDevices: Overlay['ownDevices'] = () => this.#revocations.devices()
  readonly setGiven: Overlay['setGiven'] = (nodes) => this.#links.setGiven(nodes)
  readonly tryNode: Overlay['tryNode'] = (node) => this.#links.tryNode(node)
  readonly learn: Overlay['learn'] = (nodes) => this.#links.believe(nodes)
  readonly clockAheadMs: Overlay['clockAheadMs'] = () => this.#links.clockAheadMs()
  readonly appendLog: Overlay['appendLog'] = (...given) => this.#logs.append(...given)
  readonly readLog: Overlay['readLog'] = (...given) => this.#logs.read(...given)

  #saltChanged(): void {
    this.#links.refresh()
    this.#links.askSector()
  }

  nodes(): LinkedNode[] {
    return this.#links.connected().map((link) => linkedNode(this.#links, link))
  }

  traffic(): ReturnType<Overlay['traffic']> {
    return { hours: this.#traffic.hours(), nodes: this.#traffic.nodes(this.#links.all(), this.#options.registry) }
  }

  #linked(link: NodeLink): void {
    this.#options.payer?.linked(linkedNode(this.#links, link))
    // It is asked what its service costs, and nothing more.
    if (this.#links.isVisited(link)) return
    this.#announcer.tell(link)
    this.#ice.linked(link)
    this.#contacts.linked(link)
    this.#stock.changed()
    void this.#revocations.linked(link)
  }

  #frame(link: NodeLink, frame: LinkFrame): void {
    switch (frame.name) {
      case 'deliver':
        return this.#inbox.arrived(link, frame.id, frame.body.envelope)
      case 'presenceUpdate':
        // Of whom nobody asked for it, it would only fill the table.
        return this.#contacts.has(frame.body.address) ? this.#learn(frame.body.address, frame.body.packets) : undefined
      case 'revocations':
        return this.#revocations.learn(frame.body.address, frame.body.revocations)
      case 'stock':
        link.stock = frame.body.count
        return this.#stock.changed()
      default:
        this.#options.log.debug({ name: frame.name }, 'a frame that was not asked for')
    }
  }

  #learn(address: string, packets: readonly Uint8Array[]): void {
    for (const signed of packets) {
      try {
        if (this.#table.holds(signed)) continue
        const packet = checkPresence(signed, this.#options.chain, this.#options.clock.now())
        if (packet.checked.addressText !== address) continue
        if (!this.#book.has(address, packet.checked.deviceId)) this.#table.put(packet)
      } catch (error) {
        this.#options.log.debug({ err: error }, 'a presence packet was refused')
      }
    }
  }

  #presenceChanged(address: string): void {
    const devices = this.#table.living(address)
    const online = devices.length > 0
    if (!online && this.#online.get(address) !== true) return
    if (online) this.#online.set(address, true)
    else this.#online.delete(address)
    this.#events.emit('presence', { address, online, devices })
  }
}
