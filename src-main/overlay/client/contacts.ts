import { type Clock, deadline, type Log, type Random } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import { MAX_FRAME_ADDRESSES } from '../../wire/index.ts'
import type { Connection } from '../link/connection.ts'
import { signAllowed } from '../mailbox/allow-list.ts'
import type { OverlayIdentity } from '../types.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'

/** However long a node asks to wait: it may have room sooner, and asking is one frame. */
const RETRY_MOST_MS = 60_000
/** What nodes take; a node that names a later version only wants it to be refused elsewhere. */
const MOST_AHEAD_MS = 15 * 60_000
/** One node that is silent does not hold up what the others could carry: nodes that are there answer in milliseconds. */
const TOLD_SOON_MS = 1_500
/** A node that always knows of a later list is not believed for ever. */
const MOST_OVERTAKEN = 3

interface ContactsOptions {
  identity: OverlayIdentity
  links: Pick<Links, 'connected' | 'clockAheadMs'>
  clock: Clock
  random: Random
  log: Log
}

interface SignedList {
  version: number
  addresses: string[]
  signature: Uint8Array
}

/** Who may write here and whose presence is pushed here: told to every node that is linked, signed once for each change. */
export class Contacts {
  readonly #options: ContactsOptions
  /** Undefined until they are told for the first time: a list that stands at the nodes is not wiped by a start. */
  #list: SignedList | undefined
  #addresses: ReadonlySet<string> = new Set()
  /** How often another device's list was found to be dated later than the change made here. */
  #overtaken = 0
  /** Settles when the linked nodes have been told, or could not be. */
  #telling: Promise<unknown> = Promise.resolve()
  /** The same, and TOLD_SOON_MS after it began at the latest. */
  #toldSoon: Promise<unknown> = Promise.resolve()
  /** The list that a connection was told last, as who may write and as whom it watches: only the rest is told again. */
  readonly #allowed = new WeakMap<Connection, SignedList>()
  readonly #watched = new WeakMap<Connection, SignedList>()
  /** Nodes that are told once more later. */
  readonly #retries = new Map<NodeLink, () => void>()

  constructor(options: ContactsOptions) {
    this.#options = options
  }

  stop(): void {
    for (const cancel of this.#retries.values()) cancel()
    this.#retries.clear()
  }

  /** Replaces the set before. Throws `too_large`. */
  set(given: readonly string[]): void {
    if (given.length > MAX_FRAME_ADDRESSES)
      throw new ParleyError('too_large', `At most ${MAX_FRAME_ADDRESSES} contacts are possible.`)
    this.#overtaken = 0
    this.#addresses = new Set(given)
    this.#change([...given])
  }

  has(address: string): boolean {
    return this.#addresses.has(address)
  }

  /** What time it is for the nodes: what they are told would be refused, or count as older, where this device's clock is wrong. */
  #now(): number {
    const { clock, links } = this.#options
    return clock.now() - (links.clockAheadMs() ?? 0)
  }

  /** Dated later than nodes take it: it was signed before this device's clock was set. */
  #isAhead({ version }: Pick<SignedList, 'version'>): boolean {
    return version > this.#now() + MOST_AHEAD_MS
  }

  /** `known`: the version that stands at a node. */
  #change(addresses: string[], known = 0): void {
    const { identity, links } = this.#options
    const before = this.#list && !this.#isAhead(this.#list) ? this.#list.version : 0
    const version = Math.max(this.#now(), known + 1, before + 1)
    const list = { address: identity.certificate.addressText, version, senders: addresses }
    this.#list = { version, addresses, signature: signAllowed(identity.deviceKey, list) }
    this.#await(links.connected().map((link) => this.#tell(link, true)))
  }

  /** Resolves when the linked nodes know the set last given, or could not be told within a request's time. */
  async told(): Promise<void> {
    await this.#telling
  }

  /** The same without waiting for a node that is slow. */
  async toldSoon(): Promise<void> {
    await this.#toldSoon
  }

  linked(link: NodeLink): void {
    const told = this.#tell(link)
    this.#await([this.#telling, told])
  }

  #await(telling: Promise<unknown>[]): void {
    this.#telling = Promise.allSettled(telling)
    this.#toldSoon = deadline(this.#telling, TOLD_SOON_MS, 'A node is slow.').catch(() => {})
  }

  /** `isChange`: it is what its user wants now, and not an older list told to one more node. */
  async #tell(link: NodeLink, isChange = false): Promise<void> {
    this.#retries.get(link)?.()
    this.#retries.delete(link)
    const list = this.#list
    const { connection } = link
    if (!list || !connection) return
    if (this.#isAhead(list)) return this.#change(list.addresses)
    const told = await Promise.allSettled([
      this.#once(this.#allowed, connection, list, () => this.#allow(link, list, isChange)),
      this.#once(this.#watched, connection, list, () =>
        link.request('watchPresence', { addresses: list.addresses }, 'ok'),
      ),
    ])
    const failed = told.find((result) => result.status === 'rejected')
    if (!failed) return
    this.#options.log.debug({ err: failed.reason as unknown }, 'a node was not told the contacts')
    if (list === this.#list && link.connection === connection) this.#later(link, isChange, toParleyError(failed.reason))
  }

  async #once(
    told: WeakMap<Connection, SignedList>,
    connection: Connection,
    list: SignedList,
    tell: () => Promise<unknown>,
  ): Promise<void> {
    if (told.get(connection) === list) return
    await tell()
    if (list === this.#list) told.set(connection, list)
  }

  /**
   * A list that is dated later than this one is what another device of this address has said: its clock may be ahead, and what is
   * wanted now is newer all the same.
   */
  async #allow(link: NodeLink, list: SignedList, isChange: boolean): Promise<void> {
    try {
      await link.request('setAllowed', list, 'ok')
    } catch (error) {
      const { code, reason } = toParleyError(error)
      if (code !== 'conflict') throw error
      if (!isChange || list !== this.#list) return
      const known = Number(/^version:(\d{1,16})$/.exec(reason ?? '')?.[1] ?? 0)
      if (known < list.version) return
      // One of the clocks is wrong, and may be set.
      if (this.#isAhead({ version: known })) throw error
      if (++this.#overtaken > MOST_OVERTAKEN) return
      this.#change(list.addresses, known)
      await this.#telling
    }
  }

  /** A link that breaks begins with it again by itself; one that stays must not be left without. */
  #later(link: NodeLink, isChange: boolean, { retryAfter }: ParleyError): void {
    if (this.#retries.has(link)) return
    const { clock, random } = this.#options
    const wait = Math.min(retryAfter ?? RETRY_MOST_MS, RETRY_MOST_MS)
    // Up to half as long again: all whom it tells the same would come back in one burst.
    const cancel = clock.after(wait * (1 + random.float() / 2), () => {
      this.#retries.delete(link)
      if (link.connection) void this.#tell(link, isChange)
    })
    this.#retries.set(link, cancel)
  }
}
