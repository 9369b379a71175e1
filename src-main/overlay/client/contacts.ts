import type { Clock, Log, Random } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import { MAX_FRAME_ADDRESSES } from '../../wire/index.ts'
import { signAllowed } from '../mailbox/allow-list.ts'
import type { OverlayIdentity } from '../types.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'

/** However long a node asks to wait: it may have room sooner, and asking is one frame. */
const RETRY_MOST_MS = 60_000
/** What nodes take; a node that names a later version only wants it to be refused elsewhere. */
const MOST_AHEAD_MS = 15 * 60_000
/** A node that always knows of a later list is not believed for ever. */
const MOST_OVERTAKEN = 3

interface ContactsOptions {
  identity: OverlayIdentity
  links: Pick<Links, 'connected'>
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
  /** How often another device's list was found to be dated later than the change made here. */
  #overtaken = 0
  /** Settles when the linked nodes have been told, or could not be. */
  #telling: Promise<unknown> = Promise.resolve()
  /** What a connection has been told of who may write: only the rest is told again. */
  readonly #allowed = new WeakMap<object, object>()
  /** Nodes that asked to wait. */
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
    this.#change([...given], Math.max(this.#options.clock.now(), (this.#list?.version ?? 0) + 1))
  }

  #change(addresses: string[], version: number): void {
    const { identity, links } = this.#options
    const list = { address: identity.certificate.addressText, version, senders: addresses }
    this.#list = { version, addresses, signature: signAllowed(identity.deviceKey, list) }
    this.#telling = Promise.allSettled(links.connected().map((link) => this.#tell(link, true)))
  }

  /** Resolves when the linked nodes know the set last given, or could not be told within a request's time. */
  async told(): Promise<void> {
    await this.#telling
  }

  linked(link: NodeLink): void {
    this.#telling = Promise.allSettled([this.#telling, this.#tell(link)])
  }

  /** `isChange`: it is what its user wants now, and not an older list told to one more node. */
  async #tell(link: NodeLink, isChange = false): Promise<void> {
    this.#retries.get(link)?.()
    this.#retries.delete(link)
    const list = this.#list
    const { connection } = link
    if (!list || !connection) return
    try {
      if (this.#allowed.get(connection) !== list && !(await this.#allow(link, list, isChange))) return
      this.#allowed.set(connection, list)
      await link.request('watchPresence', { addresses: list.addresses }, 'ok')
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a node was not told the contacts')
      if (list === this.#list && link.connection === connection) this.#later(link, toParleyError(error), isChange)
    }
  }

  /**
   * False where the list has been replaced by one that is dated later than what another device of this address has said: its clock
   * may be ahead, and what is wanted now is newer all the same.
   */
  async #allow(link: NodeLink, list: SignedList, isChange: boolean): Promise<boolean> {
    try {
      await link.request('setAllowed', list, 'ok')
    } catch (error) {
      const { code, reason } = toParleyError(error)
      if (code !== 'conflict') throw error
      if (!isChange || list !== this.#list) return true
      const known = Number(/^version:(\d{1,16})$/.exec(reason ?? '')?.[1] ?? 0)
      if (known < list.version || known >= this.#options.clock.now() + MOST_AHEAD_MS) return true
      if (++this.#overtaken > MOST_OVERTAKEN) return true
      this.#change(list.addresses, known + 1)
      await this.#telling
      return false
    }
    return true
  }

  /** A link that breaks begins with it again by itself; one that stays must not be left without. */
  #later(link: NodeLink, { code, retryAfter }: ParleyError, isChange: boolean): void {
    if (code !== 'rate_limited' || this.#retries.has(link)) return
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
