import type { Clock, Log } from '../../base/index.ts'
import { type ErrorCode, ParleyError } from '../../contract/index.ts'
import type { NodeRecordValue, SendRequest } from '../../wire/index.ts'
import { MAX_MAILBOX_TTL_MS } from '../constants.ts'
import { Buckets } from '../limits/buckets.ts'
import type { NodeLimits } from '../limits/limits.ts'
import { ShortMemory } from '../limits/short-memory.ts'
import type { Mailbox } from '../mailbox/mailbox.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { DeviceRegistry } from '../mailbox/registry.ts'
import { askAll, askInTurn } from '../sector/ask.ts'
import type { SendResult, Urgency } from '../types.ts'
import type { DeviceLink } from './device-link.ts'
import { checkSize, envelopeHead } from './envelope-head.ts'
import { RecentKeys } from './recent.ts'
import type { Reach, RelayPeers, RelayPostage, RelaySiblings, Sector, Sender } from './types.ts'

/** A home node that has not answered after this is asked no more alone: a live delivery takes milliseconds. */
const HEDGE_MS = 1_500
/** A node could not be asked: it may be the one that knows the recipient. */
const AWAY: ReadonlySet<ErrorCode> = new Set(['offline', 'timeout'])

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
  readonly #clock: Clock
  readonly #log: Log
  /** Where addresses are at home: two hashes for each envelope otherwise. */
  readonly #sectors: ShortMemory<Sector>
  readonly #requests: Buckets
  readonly #requesting = new Map<string, string>()
  /** Accepted lately: a repeat whose first answer was lost is answered `delivered` again. */
  readonly #accepted = new RecentKeys(20_000)

  constructor(options: {
    peers: RelayPeers
    registry: DeviceRegistry
    mailbox: Mailbox
    revocations: Revocations
    siblings: RelaySiblings
    postage: RelayPostage
    clock: Clock
    log: Log
    limits: NodeLimits
  }) {
    this.#clock = options.clock
    this.#log = options.log
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
      if (this.#links.get(link.device) === link) this.#links.delete(link.device)
    })
    link.pump()
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
    const key = `${send.device}/${head.id}`
    if (this.#accepted.has(key)) return 'delivered'
    // The way of nearly every message: between contacts, to a device that is linked here.
    const link = this.#registry.isAllowed(send.address, sender.address) ? this.#linkOf(send) : undefined
    if (link && (await link.deliver(head.id, send.envelope, urgencyOf(send) === 'signal'))) {
      this.#accepted.add(key)
      return 'delivered'
    }
    const sector = this.#sectors.get(send.address, () => this.#peers.sector(send.address))
    if (reach === 'client' && !sector.here) {
      // Its mailbox must not grow where the device will never look for it: only a live link counts here.
      const result = await this.#here(sender, send, head.id, 'live', sector, link).catch(() => 'dropped' as const)
      return result === 'delivered' ? result : this.#forward(sector, sender, send)
    }
    if (reach === 'node' && !sector.candidate)
      throw new ParleyError('not_found', 'This node does not keep anything for that address.')
    return this.#here(sender, send, head.id, reach, sector, link)
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
    const key = `${send.device}/${id}`
    if (this.#accepted.has(key)) return 'delivered'
    const stranger = await this.#isStranger(sender, send)
    if (stranger && urgency !== 'request') {
      // The recipient may have told only another of its home nodes.
      if (await this.#atSibling(sender, send, reach)) return 'delivered'
      if (FAR.has(reach) && (await this.#liveElsewhere(sector, sender, send))) return 'delivered'
      if (!this.#registry.knows(send.device, send.address)) return this.#unknown(sender, send, reach, sector)
      if (!this.#registry.hasAllowList(send.address))
        throw new ParleyError('offline', 'The recipient has not said yet who may write.', { retryAfter: 1_000 })
      throw new ParleyError('not_a_contact', 'Only contacts may write to this address.')
    }
    const carry = () => this.#carry(sender, send, id, stranger, reach, sector, tried)
    // What is not known here is not taken here: another home node asks for its own.
    if (!stranger || !this.#registry.knows(send.device, send.address)) return carry()
    return this.#postage.carry({ sender, send, envelopeId: id, direct: reach === 'client' }, carry)
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
    const key = `${send.device}/${id}`
    const release = stranger ? this.#holdRequest(sender, send, id) : () => {}
    try {
      const link = this.#linkOf(send)
      const delivered = link
        ? link !== tried && link.deliver(id, send.envelope, urgency === 'signal')
        : this.#atSibling(sender, send, reach)
      if (await delivered) {
        this.#accepted.add(key)
        return 'delivered'
      }
      if (!FAR.has(reach)) return 'dropped'
      if (!this.#linkOf(send) && (await this.#liveElsewhere(sector, sender, send))) return 'delivered'
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
    await this.#mailbox.store({ address, device, envelopeId, sender: sender.address, request, ttl, bytes })
    return 'queued'
  }

  /** Another home node may know the device. */
  #unknown(sender: Sender, send: SendRequest, reach: Reach, sector: Sector): Promise<SendResult> {
    if (reach === 'client' && sector.others.length > 0) return this.#forward(sector, sender, send)
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
  #holdRequest(sender: Sender, send: SendRequest, id: string): () => void {
    const key = `${sender.address}>${send.device}`
    const other = this.#requesting.get(key)
    if (other !== undefined && other !== id)
      throw new ParleyError('rate_limited', 'A contact request is on its way already.', { retryAfter: 5_000 })
    if (other === id) return () => {}
    this.#requests.require(sender.address)
    this.#requesting.set(key, id)
    return () => this.#requesting.delete(key)
  }

  #atSibling(sender: Sender, send: SendRequest, reach: Reach): Promise<boolean> {
    if (reach === 'process' || this.#linkOf(send)) return Promise.resolve(false)
    return this.#siblings.deliver(sender, send)
  }

  /** All candidates are asked at once whether the device is linked there: the envelope itself goes to one that says so. */
  async #liveElsewhere({ others, spare }: Sector, sender: Sender, send: SendRequest): Promise<boolean> {
    const found = await askAll(
      [...others, ...spare],
      async (node) => {
        if (!(await this.#peers.findDevice(node, send.address, send.device))) return undefined
        return (await this.#peers.relay(node, sender, send, true)) === 'delivered' ? true : undefined
      },
      (error) => this.#log.debug({ err: error }, 'a live delivery through another node failed'),
    )
    return found === true
  }

  /** To the home nodes in order, then the other candidates: nothing is lost by a repeat, so a silent one is not waited for. */
  async #forward({ others, spare }: Sector, sender: Sender, send: SendRequest): Promise<SendResult> {
    let refusal: ParleyError | undefined
    let away: ParleyError | undefined
    const ask = async (node: NodeRecordValue) => {
      try {
        return await this.#peers.relay(node, sender, send, false)
      } catch (error) {
        if (error instanceof ParleyError && AWAY.has(error.code)) away ??= error
        else if (error instanceof ParleyError && error.code !== 'not_found') refusal ??= error
        throw error
      }
    }
    const isFinal = (error: unknown) => error instanceof ParleyError && error.code === 'revoked'
    try {
      return await askInTurn(this.#clock, [...others, ...spare], HEDGE_MS, ask, isFinal)
    } catch (error) {
      throw refusal ?? away ?? error
    }
  }

  #linkOf(send: Pick<SendRequest, 'address' | 'device'>): DeviceLink | undefined {
    const link = this.#links.get(send.device)
    return link?.address === send.address && !link.connection.closed ? link : undefined
  }
}

function urgencyOf(send: SendRequest): Urgency {
  return send.urgency.$kind
}
