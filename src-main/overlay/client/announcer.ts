import { type Clock, fromHex, type Log, type Random } from '../../base/index.ts'
import { MAX_AHEAD_MS, PRESENCE_TTL_MS } from '../constants.ts'
import { buildPresence } from '../presence/packet.ts'
import type { OverlayIdentity } from '../types.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'

/** Bit set of PresencePacket. */
const DATA_CHANNELS = 1
const GOODBYE_MS = 1_000
const RENEW_MS = PRESENCE_TTL_MS / 3

interface AnnouncerOptions {
  identity: OverlayIdentity
  chain: string
  clock: Clock
  random: Random
  log: Log
  links: Pick<Links, 'homeKeys' | 'connectedHomes'>
}

/** Publishes this device's presence at its home nodes every third of its lifetime, and the goodbye. */
export class Announcer {
  readonly #options: AnnouncerOptions
  #sequence = 0n
  #issuedAt = 0
  #packet: Uint8Array | undefined
  #homes = ''
  #running = false
  #cancel = () => {}

  constructor(options: AnnouncerOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = true
  }

  stop(): void {
    this.#running = false
    this.#cancel()
    this.#packet = undefined
  }

  /** A node linked anew gets the packet that stands; all get a new one where the home nodes are others now. */
  tell(link: NodeLink): void {
    if (!this.#running) return
    const isSame = this.#homes === this.#options.links.homeKeys().join()
    if (this.#packet && isSame && this.#isOfNow()) this.#put(link, this.#packet)
    else this.#announce()
  }

  /** False for a packet from before the machine slept or its clock was set. */
  #isOfNow(): boolean {
    return Math.abs(this.#options.clock.now() - this.#issuedAt) < RENEW_MS
  }

  /** A signed farewell to every home node; resolves when they have it, or after a second. */
  async goodbye(): Promise<void> {
    this.stop()
    const packet = this.#build(true)
    const told = this.#options.links
      .connectedHomes()
      .map((link) => link.request('putPresence', { packet }, 'ok', GOODBYE_MS))
    await Promise.allSettled(told)
  }

  #announce(): void {
    this.#cancel()
    this.#homes = this.#options.links.homeKeys().join()
    this.#packet = this.#build(false)
    for (const link of this.#options.links.connectedHomes()) this.#put(link, this.#packet)
    const { clock, random } = this.#options
    this.#cancel = clock.after(RENEW_MS * (0.8 + 0.2 * random.float()), () => this.#announce())
  }

  #put(link: NodeLink, packet: Uint8Array): void {
    link.request('putPresence', { packet }, 'ok').catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'a node did not take the presence packet')
    })
  }

  #build(goodbye: boolean): Uint8Array {
    const { identity, chain, clock, links } = this.#options
    const now = clock.now()
    // The clock may stand still or go back: the pair must rise all the same. What is farther ahead nobody took: the clock was set.
    this.#issuedAt = this.#issuedAt > now + MAX_AHEAD_MS ? now : Math.max(now, this.#issuedAt)
    return buildPresence(identity.deviceKey, chain, {
      certificate: identity.certificate.signed,
      issuedAt: this.#issuedAt,
      ttl: PRESENCE_TTL_MS,
      sequence: (this.#sequence++).toString(),
      homeNodes: links.homeKeys().map((key) => fromHex(key)),
      endpoints: [],
      capabilities: DATA_CHANNELS,
      goodbye,
    })
  }
}
