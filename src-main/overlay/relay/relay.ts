import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { NodeRecordValue, SendRequest } from '../../wire/index.ts'
import { MAX_MAILBOX_TTL_MS } from '../constants.ts'
import { Buckets } from '../limits/buckets.ts'
import type { NodeLimits } from '../limits/limits.ts'
import type { Mailbox } from '../mailbox/mailbox.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { DeviceRegistry } from '../mailbox/registry.ts'
import type { SendResult, Urgency } from '../types.ts'
import type { DeviceLink } from './device-link.ts'
import { checkSize, envelopeHead } from './envelope-head.ts'
import { RecentKeys } from './recent.ts'

/** Who sends, as authenticated on a link here or vouched for by the node where it is linked. */
export interface Sender {
  address: string
  device: string
}

/** The other home nodes of an address, as the relay needs them. */
export interface RelayPeers {
  /** Other home nodes, nearest first, and whether this node is one itself. */
  homes(address: string): { others: NodeRecordValue[]; here: boolean }
  /** Hands a send to that node; rejects with its refusal, or `offline`. */
  relay(node: NodeRecordValue, sender: Sender, send: SendRequest, live: boolean): Promise<SendResult>
}

/**
 * How far a send may travel: a client's may go to other nodes; one from a node only to live devices at other nodes; a
 * `live` one nowhere else. So nothing circles.
 */
export type Reach = 'client' | 'node' | 'live'

/** Brings envelopes to linked devices, to other home nodes, or into the mailbox. */
export class Relay {
  readonly #links = new Map<string, DeviceLink>()
  readonly #peers: RelayPeers
  readonly #registry: DeviceRegistry
  readonly #mailbox: Mailbox
  readonly #revocations: Revocations
  readonly #requests: Buckets
  readonly #requesting = new Map<string, string>()
  /** Accepted lately: a repeat whose first answer was lost is answered `delivered` again. */
  readonly #accepted = new RecentKeys(20_000)

  constructor(options: {
    peers: RelayPeers
    registry: DeviceRegistry
    mailbox: Mailbox
    revocations: Revocations
    clock: Clock
    limits: NodeLimits
  }) {
    this.#peers = options.peers
    this.#registry = options.registry
    this.#mailbox = options.mailbox
    this.#revocations = options.revocations
    this.#requests = new Buckets(options.clock, options.limits.requests)
  }

  link(device: string): DeviceLink | undefined {
    return this.#links.get(device)
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
    link.connection.onClose(() => {
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
    const { others, here } = this.#peers.homes(send.address)
    if (reach === 'client' && !here) {
      // Its mailbox must not grow where the device will never look for it: only a live link counts here.
      const result = await this.#here(sender, send, head.id, 'live', []).catch(() => 'dropped' as const)
      return result === 'delivered' ? result : this.#forward(others, sender, send)
    }
    return this.#here(sender, send, head.id, reach, others)
  }

  async #here(
    sender: Sender,
    send: SendRequest,
    id: string,
    reach: Reach,
    others: NodeRecordValue[],
  ): Promise<SendResult> {
    const urgency = urgencyOf(send)
    const key = `${send.device}/${id}`
    if (this.#accepted.has(key)) return 'delivered'
    const stranger = await this.#isStranger(sender, send)
    if (stranger && urgency !== 'request') {
      // The recipient may have told only another of its home nodes.
      if (reach !== 'live' && (await this.#liveElsewhere(others, sender, send))) return 'delivered'
      if (!this.#registry.hasAllowList(send.address) && this.#registry.knows(send.device, send.address))
        throw new ParleyError('offline', 'The recipient has not said yet who may write.', { retryAfter: 1_000 })
      throw new ParleyError('not_a_contact', 'Only contacts may write to this address.')
    }
    const release = stranger ? this.#holdRequest(sender, send, id) : () => {}
    try {
      const link = this.#linkOf(send)
      if (await link?.deliver(id, send.envelope, urgency === 'signal')) {
        this.#accepted.add(key)
        return 'delivered'
      }
      if (reach === 'live') return 'dropped'
      if (!this.#linkOf(send) && (await this.#liveElsewhere(others, sender, send))) return 'delivered'
      if (urgency === 'signal') return 'dropped'
      return await this.#store(sender, send, id, stranger, reach === 'client' ? others : [])
    } finally {
      release()
    }
  }

  async #store(
    sender: Sender,
    send: SendRequest,
    envelopeId: string,
    request: boolean,
    others: NodeRecordValue[],
  ): Promise<SendResult> {
    const { address, device, ttl, envelope: bytes } = send
    if (!this.#registry.knows(device, address)) {
      if (others.length > 0) return this.#forward(others, sender, send)
      throw new ParleyError('not_found', 'This device has never been here.')
    }
    await this.#mailbox.store({ address, device, envelopeId, sender: sender.address, request, ttl, bytes })
    this.#linkOf(send)?.wake()
    return 'queued'
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

  async #liveElsewhere(others: NodeRecordValue[], sender: Sender, send: SendRequest): Promise<boolean> {
    for (const node of others) {
      const result = await this.#peers.relay(node, sender, send, true).catch(() => 'dropped' as const)
      if (result === 'delivered') return true
    }
    return false
  }

  async #forward(nodes: NodeRecordValue[], sender: Sender, send: SendRequest): Promise<SendResult> {
    let last = new ParleyError('offline', 'No home node of the recipient can be reached.', { retryAfter: 1_000 })
    for (const node of nodes) {
      try {
        return await this.#peers.relay(node, sender, send, false)
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error
        if (error.code === 'revoked') throw error
        if (error.code !== 'offline' && error.code !== 'timeout') last = error
      }
    }
    throw last
  }

  #linkOf(send: SendRequest): DeviceLink | undefined {
    const link = this.#links.get(send.device)
    return link?.address === send.address && !link.connection.closed ? link : undefined
  }
}

function urgencyOf(send: SendRequest): Urgency {
  return send.urgency.$kind
}
