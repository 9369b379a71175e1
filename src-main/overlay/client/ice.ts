import type { Clock, Log } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import {
  type LinkBody,
  MAX_ICE_CREDENTIAL_CHARACTERS,
  MAX_ICE_SERVERS,
  MAX_ICE_URL_CHARACTERS,
} from '../../wire/index.ts'
import type { IceServer } from '../types.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'

/** Nodes that are asked at once, and lists that are enough where a TURN server is in one: a node may be gone when its servers are needed. */
const ENOUGH = 2
/** Nodes that are asked where no answer has a TURN server: the home nodes under two salts, and some given by hand. */
const MOST_ASKED = 8
/** Links come one after the other at a start: asked once for all of them. */
const GATHER_MS = 200
/** Where no node has an answer. */
const RETRY_MS = 60_000
/** What a node may say of how long its credentials hold. */
const LEAST_SECONDS = 60
const MOST_SECONDS = 24 * 3600
/** Asked again after this share of the lifetime: what is used begins with most of its time left. */
const REFRESH_SHARE = 0.6

const URL =
  /^(stun|stuns|turn|turns):(\[[\da-f:.]+\]|[a-z\d]([a-z\d.-]{0,250}[a-z\d])?)(:\d{1,5})?(\?transport=(udp|tcp))?$/i

export interface IceServersParts {
  links: Links
  clock: Clock
  log: Log
  onChange: (servers: readonly IceServer[]) => void
}

interface Answer {
  servers: IceServer[]
  lifetimeMs: number
  /** By both clocks: a machine that sleeps may stop the steady one, but not what its servers go by. */
  now: number
  steady: number
}

/**
 * The STUN and TURN servers that nodes name, asked for again before their credentials expire: two home nodes at once, and where
 * they have no TURN server between them the others one pair after the other.
 */
export class IceServers {
  readonly #parts: IceServersParts
  #servers: readonly IceServer[] = []
  /** By fingerprint; begun anew before the first of them expires. */
  #answers = new Map<string, Answer>()
  #asking = false
  /** A link that has not been asked yet. */
  #fresh = false
  #running = true
  #cancel = () => {}
  #cancelExpiry = () => {}

  constructor(parts: IceServersParts) {
    this.#parts = parts
  }

  get servers(): readonly IceServer[] {
    return this.#servers
  }

  linked(link: NodeLink): void {
    if (this.#refreshIn() <= 0 && !this.#asking) return this.#askIn(0)
    if (this.#isEnough() || this.#answers.has(link.node.fingerprint)) return
    this.#fresh = true
    // The first answer comes before the first contact is seen: nobody tries a way without the servers for it.
    if (!this.#asking) this.#askIn(this.#answers.size === 0 ? 0 : GATHER_MS)
  }

  stop(): void {
    this.#running = false
    this.#cancel()
    this.#cancelExpiry()
  }

  #askIn(ms: number): void {
    this.#cancel()
    if (this.#running) this.#cancel = this.#parts.clock.after(ms, () => void this.#ask())
  }

  async #ask(): Promise<void> {
    if (this.#refreshIn() <= 0) this.#answers.clear()
    this.#asking = true
    this.#fresh = false
    const silent = new Set<string>()
    while (this.#running && !this.#isEnough()) {
      const links = this.#unasked(silent).slice(0, ENOUGH)
      if (links.length === 0) break
      await Promise.all(links.map(async (link) => (await this.#askOne(link)) || silent.add(link.node.fingerprint)))
      // The first list is of use at once; one that is in use gives way to a whole one.
      if (this.#servers.length === 0) this.#take()
    }
    this.#asking = false
    if (!this.#running) return
    this.#take()
    const isDone = this.#answers.size > 0 && (silent.size === 0 || this.#isEnough())
    this.#askIn(this.#fresh ? GATHER_MS : isDone ? this.#refreshIn() : Math.min(RETRY_MS, this.#refreshIn()))
  }

  /** False where it has no answer. */
  async #askOne(link: NodeLink): Promise<boolean> {
    const { clock, log } = this.#parts
    try {
      const { servers, lifetime } = await link.request('getIceServers', {}, 'iceServers')
      const lifetimeMs = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, lifetime)) * 1000
      this.#answers.set(link.node.fingerprint, {
        servers: readServers(servers),
        lifetimeMs,
        now: clock.now(),
        steady: clock.steady(),
      })
      return true
    } catch (thrown) {
      log.debug({ code: toParleyError(thrown).code }, 'a node did not tell its servers for direct paths')
      return false
    }
  }

  /** Home nodes first, then whatever else is linked. */
  #unasked(silent: ReadonlySet<string>): NodeLink[] {
    const { links } = this.#parts
    return [...new Set([...links.connectedHomes(), ...links.own()])]
      .slice(0, MOST_ASKED)
      .filter(({ node: { fingerprint } }) => !this.#answers.has(fingerprint) && !silent.has(fingerprint))
  }

  #isEnough(): boolean {
    const lists = [...this.#answers.values()].map(({ servers }) => servers).filter(({ length }) => length > 0)
    const hasTurn = lists.some((servers) => servers.some(({ url }) => url.startsWith('turn')))
    return this.#answers.size >= MOST_ASKED || (hasTurn && lists.length >= ENOUGH)
  }

  #take(): void {
    const answers = [...this.#answers.values()]
    if (answers.length === 0 || !this.#running) return
    this.#set(merge(answers.map(({ servers }) => servers)))
    const expiresIn = Math.min(...answers.map((answer) => answer.lifetimeMs - this.#age(answer)))
    this.#cancelExpiry()
    this.#cancelExpiry = this.#parts.clock.after(Math.max(0, expiresIn), () => this.#set([]))
  }

  /** Milliseconds until the first answer is to be asked for again; endless before there is one. */
  #refreshIn(): number {
    const left = (answer: Answer) => answer.lifetimeMs * REFRESH_SHARE - this.#age(answer)
    return Math.max(0, Math.min(...[...this.#answers.values()].map(left)))
  }

  #age({ now, steady }: Answer): number {
    const { clock } = this.#parts
    return Math.max(clock.now() - now, clock.steady() - steady)
  }

  #set(servers: readonly IceServer[]): void {
    if (JSON.stringify(servers) === JSON.stringify(this.#servers)) return
    this.#parts.log.debug({ count: servers.length }, 'the servers for direct paths have changed')
    this.#servers = servers
    this.#parts.onChange(servers)
  }
}

/** What a node says, without anything that is not a server's URL with what belongs to it. */
function readServers(servers: LinkBody<'iceServers'>['servers']): IceServer[] {
  return servers.flatMap(({ url, credential }) => {
    if (url.length > MAX_ICE_URL_CHARACTERS || !URL.test(url)) return []
    if (!credential) return url.startsWith('stun') ? [{ url }] : []
    const { username, password } = credential
    const fits = [username, password].every((text) => text !== '' && text.length <= MAX_ICE_CREDENTIAL_CHARACTERS)
    return fits ? [{ url, username, password }] : []
  })
}

/** One server of each list in turn; each server once. */
function merge(lists: readonly (readonly IceServer[])[]): IceServer[] {
  const byUrl = new Map<string, IceServer>()
  const longest = Math.max(...lists.map((list) => list.length))
  for (let place = 0; place < longest; place++)
    for (const list of lists) {
      const server = list[place]
      if (server && !byUrl.has(server.url) && byUrl.size < MAX_ICE_SERVERS) byUrl.set(server.url, server)
    }
  return [...byUrl.values()]
}
