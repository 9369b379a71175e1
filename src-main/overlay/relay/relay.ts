import type { Clock, Log, Random } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { sendRecipient, type SendRequest, sendTarget } from '../../wire/index.ts'
import { MAX_MAILBOX_TTL_MS } from '../constants.ts'
import { Buckets } from '../limits/buckets.ts'
import type { NodeLimits } from '../limits/limits.ts'
import { ShortMemory } from '../limits/short-memory.ts'
import type { Mailbox } from '../mailbox/mailbox.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { DeviceRegistry } from '../mailbox/registry.ts'
import type { SendResult, Urgency } from '../types.ts'
import type { DeviceLink } from './device-link.ts'
import { checkSize, digestOf, ENVELOPE_ID_AT, envelopeHead } from './envelope-head.ts'
import { OtherNodes } from './other-nodes.ts'
import { RecentEnvelopes } from './recent.ts'
import type { Reach, RelayPeers, RelayPostage, RelaySiblings, Sector, Sender } from './types.ts'

/** Envelopes that were accepted lately, and targets of one sender that are remembered for a second. */
const MAX_ACCEPTED = 20_000
const MAX_TARGETS = 256
const FAR: ReadonlySet<Reach> = new Set(['client', 'node'])

/** Brings envelopes to linked devices, to other home nodes, or into the mailbox. */
export class Relay {
  readonly #links = new Map<string, DeviceLink>()
  readonly #peers: RelayPeers
  readonly #registry: DeviceRegistry
  readonly #mailbox: Mailbox
  readonly #revocations: Revocations
  readonly #siblings: RelaySiblings
  readonly #postage: RelayPostage
  readonly #elsewhere: OtherNodes
  /** Where addresses are at home: two hashes for each envelope otherwise. */
  readonly #sectors: ShortMemory<Sector>
  readonly #requests: Buckets
  readonly #requesting = new Map<string, string>()
  /** Accepted lately: a repeat whose first answer was lost is answered `delivered` again. */
  readonly #accepted: RecentEnvelopes
  /** By sender: linked contacts that may be written to. Never their links, which a memory would keep when they end. */
  readonly #targets: ShortMemory<Map<string, Sender>>

  constructor(options: {
    peers: RelayPeers
    registry: DeviceRegistry
    mailbox: Mailbox
    revocations: Revocations
    siblings: RelaySiblings
    postage: RelayPostage
    clock: Clock
    random: Random
    log: Log
    limits: NodeLimits
  }) {
    this.#elsewhere = new OtherNodes(options)
    this.#accepted = new RecentEnvelopes(MAX_ACCEPTED, Buffer.from(options.random.bytes(4)).readInt32LE())
    this.#targets = new ShortMemory(options.clock)
    this.#peers = options.peers
    this.#registry = options.registry
    this.#mailbox = options.mailbox
    this.#revocations = options.revocations
    this.#siblings = options.siblings
    this.#postage = options.postage
    this.#sectors = new ShortMemory(options.clock)
    this.#requests = new Buckets(options.clock, options.limits.requests)
  }

  /** The nodes, who of them is alive, or the salt changed. */
  mapChanged(): void {
    this.#sectors.clear()
  }

  link(device: string): DeviceLink | undefined {
    return this.#links.get(device)
  }

  isLinked(address: string, device: string): boolean {
    return this.#linkOf({ address, device }) !== undefined
  }

  /** Whether the device is linked to this node, here or at another of its processes. */
  async isReachable(address: string, device: string): Promise<boolean> {
    return this.isLinked(address, device) || this.#siblings.has(address, device)
  }

  all(): DeviceLink[] {
    return [...this.#links.values()]
  }

  /** Devices linked here. */
  get linked(): number {
    return this.#links.size
  }

  /** A newer link of the same device replaces the older. */
  attach(link: DeviceLink): void {
    const older = this.#links.get(link.device)
    this.#links.set(link.device, link)
    older?.connection.close(new ParleyError('conflict', 'A newer link of this device replaces this one.'))
    const release = this.#siblings.hold(link)
    link.connection.onClose(() => {
      release()
      this.#targets.forget(link.device)
      if (this.#links.get(link.device) === link) this.#links.delete(link.device)
    })
    link.pump()
  }

  /** Whether the device accepted the envelope lately that begins at `at`. */
  wasAccepted(device: string, bytes: Uint8Array, at = 0): boolean {
    return this.#accepted.has(device, bytes, at + ENVELOPE_ID_AT)
  }

  accepted(device: string, envelope: Uint8Array): void {
    this.#accepted.add(device, envelope, ENVELOPE_ID_AT)
  }

  /**
   * The link of the device that the `send` at `at` names, where the two are contacts and neither is revoked, which is remembered for a second.
   * Undefined is no refusal: `send` finds out.
   */
  contactLink(sender: Sender, bytes: Buffer, at: number): DeviceLink | undefined {
    const targets = this.#targets.get(sender.device, newTargets)
    const key = sendTarget(bytes, at)
    const known = targets.get(key)
    if (known) return this.#linkOf(known)
    const to = sendRecipient(bytes, at)
    if (this.#revocations.has(sender.address, sender.device) || this.#revocations.has(to.address, to.device))
      return undefined
    const link = this.#registry.isAllowed(to.address, sender.address) ? this.#linkOf(to) : undefined
    if (targets.size >= MAX_TARGETS) targets.clear()
    if (link) targets.set(key, link.sender)
    return link
  }

  /** Who may write to whom changed, or a device was revoked. */
  rightsChanged(): void {
    this.#targets.clear()
  }

  /** Closes the link of a device that was revoked. */
  cut(address: string, device: string): void {
    const link = this.#links.get(device)
    if (link?.address !== address) return
    this.#links.delete(device)
    link.connection.close(new ParleyError('revoked', 'This device was removed from its address.'))
  }

  /** See SendResult. Throws `revoked`, `not_a_contact`, `rate_limited`, `too_large`, `not_found`, `invalid_params`, `offline`. */
  async send(sender: Sender, send: SendRequest, reach: Reach): Promise<SendResult> {
    const head = envelopeHead(send.envelope)
    if (head.from !== sender.device)
      throw new ParleyError('unauthorized', 'The envelope names another device than the one that sends it.')
    this.#revocations.refuse(sender.address, sender.device)
    this.#revocations.refuse(send.address, send.device)
    checkSize(send.envelope, urgencyOf(send))
    if (send.ttl > MAX_MAILBOX_TTL_MS) throw new ParleyError('invalid_params', 'A mailbox keeps nothing for so long.')
    if (this.wasAccepted(send.device, send.envelope)) return 'delivered'
    // The way of nearly every message: between contacts, to a device that is linked here.
    const link = this.#registry.isAllowed(send.address, sender.address) ? this.#linkOf(send) : undefined
    if (link && (await link.deliver(send.envelope, urgencyOf(send) === 'signal'))) {
      this.accepted(send.device, send.envelope)
      return 'delivered'
    }
    return this.sendOn(sender, send, head.id, reach, link)
  }

  /** The rest of `send`, once a live delivery over `link` was not accepted, or where there is no such link. */
  async sendOn(
    sender: Sender,
    send: SendRequest,
    id: string,
    reach: Reach,
    link: DeviceLink | undefined,
  ): Promise<SendResult> {
    const sector = this.#sectors.get(send.address, () => this.#peers.sector(send.address))
    if (reach === 'client' && !sector.here) {
      // Its mailbox must not grow where the device will never look for it: only a live link counts here.
      const result = await this.#here(sender, send, id, 'live', sector, link).catch(() => 'dropped' as const)
      return result === 'delivered' ? result : this.#elsewhere.forward(sector, sender, send)
    }
    if (reach === 'node' && !sector.candidate)
      throw new ParleyError('not_found', 'This node does not keep anything for that address.')
    return this.#here(sender, send, id, reach, sector, link)
  }

  /** `tried`: a link over which it was not accepted just now. */
  async #here(
    sender: Sender,
    send: SendRequest,
    id: string,
    reach: Reach,
    sector: Sector,
    tried: DeviceLink | undefined,
  ): Promise<SendResult> {
    const urgency = urgencyOf(send)
    if (this.wasAccepted(send.device, send.envelope)) return 'delivered'
    const stranger = await this.#isStranger(sender, send)
    if (stranger && urgency !== 'request') {
      // The recipient may have told only another of its home nodes.
      if (await this.#atSibling(sender, send, reach)) return 'delivered'
      if (FAR.has(reach) && (await this.#elsewhere.live(sector, sender, send))) return 'delivered'
      if (!this.#registry.knows(send.device, send.address)) return this.#unknown(sender, send, reach, sector)
      if (!this.#registry.hasAllowList(send.address))
        throw new ParleyError('offline', 'The recipient has not said yet who may write.', { retryAfter: 1_000 })
      throw new ParleyError('not_a_contact', 'Only contacts may write to this address.')
    }
    const carry = () => this.#carry(sender, send, id, stranger, reach, sector, tried)
    // What is not known here is not taken here: another home node asks for its own.
    if (!stranger || !this.#registry.knows(send.device, send.address)) return carry()
    return this.#postage.carry({ sender, send, digest: digestOf(send.envelope), direct: reach === 'client' }, carry)
  }

  async #carry(
    sender: Sender,
    send: SendRequest,
    id: string,
    stranger: boolean,
    reach: Reach,
    sector: Sector,
    tried: DeviceLink | undefined,
  ): Promise<SendResult> {
    const urgency = urgencyOf(send)
    const release = stranger ? this.#holdRequest(sender, send) : () => {}
    try {
      const link = this.#linkOf(send)
      const delivered = link
        ? link !== tried && link.deliver(send.envelope, urgency === 'signal')
        : this.#atSibling(sender, send, reach)
      if (await delivered) {
        this.accepted(send.device, send.envelope)
        return 'delivered'
      }
      if (!FAR.has(reach)) return 'dropped'
      if (!this.#linkOf(send) && (await this.#elsewhere.live(sector, sender, send))) return 'delivered'
      // Of no time is nothing kept: it must not be called queued.
      if (urgency === 'signal' || send.ttl === 0) return 'dropped'
      return await this.#store(sender, send, id, stranger, reach, sector)
    } finally {
      release()
    }
  }

  async #store(
    sender: Sender,
    send: SendRequest,
    envelopeId: string,
    request: boolean,
    reach: Reach,
    sector: Sector,
  ): Promise<SendResult> {
    const { address, device, ttl, envelope: bytes } = send
    if (!this.#registry.knows(device, address)) return this.#unknown(sender, send, reach, sector)
    const mail = { address, device, envelopeId, sender: sender.address, request, ttl, bytes }
    await this.#mailbox.store({ ...mail, via: sender.via })
    return 'queued'
  }

  /** Another home node may know the device. */
  #unknown(sender: Sender, send: SendRequest, reach: Reach, sector: Sector): Promise<SendResult> {
    if (reach === 'client' && sector.others.length > 0) return this.#elsewhere.forward(sector, sender, send)
    return Promise.reject(new ParleyError('not_found', 'This device has never been here.'))
  }

  async #isStranger(sender: Sender, send: SendRequest): Promise<boolean> {
    if (this.#registry.isAllowed(send.address, sender.address)) return false
    const link = this.#linkOf(send)
    if (!link) return true
    await link.contactsTold
    return !this.#registry.isAllowed(send.address, sender.address)
  }

  /** One contact request of a sender to a device on its way at a time, and few to strangers in all. */
  #holdRequest(sender: Sender, send: SendRequest): () => void {
    const from = `${sender.via ?? ''}/${sender.address}`
    const key = `${from}>${send.device}`
    const id = digestOf(send.envelope)
    const other = this.#requesting.get(key)
    if (other !== undefined && other !== id)
      throw new ParleyError('rate_limited', 'A contact request is on its way already.', { retryAfter: 5_000 })
    if (other === id) return () => {}
    this.#requests.require(from)
    this.#requesting.set(key, id)
    return () => this.#requesting.delete(key)
  }

  #atSibling(sender: Sender, send: SendRequest, reach: Reach): Promise<boolean> {
    if (reach === 'process' || this.#linkOf(send)) return Promise.resolve(false)
    return this.#siblings.deliver(sender, send)
  }

  #linkOf(send: Pick<SendRequest, 'address' | 'device'>): DeviceLink | undefined {
    const link = this.#links.get(send.device)
    return link?.address === send.address && !link.connection.closed ? link : undefined
  }
}

const newTargets = () => new Map<string, Sender>()
const urgencyOf = (send: SendRequest): Urgency => send.urgency.$kind
