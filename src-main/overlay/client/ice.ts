import type { Clock, Log } from '../../base/index.ts'
import {
  type LinkBody,
  MAX_ICE_CREDENTIAL_CHARACTERS,
  MAX_ICE_SERVERS,
  MAX_ICE_URL_CHARACTERS,
} from '../../wire/index.ts'
import type { IceServer } from '../types.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'

/** Nodes that are asked: one may be gone when its servers are needed. */
const ASKED = 2
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

/** The STUN and TURN servers that the home nodes name, asked for again before their credentials expire. */
export class IceServers {
  readonly #parts: IceServersParts
  #servers: readonly IceServer[] = []
  #answered = new Set<string>()
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
    if (this.#answered.size >= ASKED || this.#answered.has(link.node.fingerprint)) return
    this.#fresh = true
    // The first answer comes before the first contact is seen: nobody tries a way without the servers for it.
    if (!this.#asking) this.#askIn(this.#answered.size === 0 ? 0 : GATHER_MS)
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
    this.#asking = true
    this.#fresh = false
    const links = this.#parts.links.connectedHomes().slice(0, ASKED)
    const answers = await Promise.allSettled(links.map((link) => link.request('getIceServers', {}, 'iceServers')))
    this.#asking = false
    if (!this.#running) return
    const good = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    this.#answered = new Set(links.filter((_, index) => answers[index]?.status === 'fulfilled').map(fingerprintOf))
    const next = good.length > 0 ? this.#take(good) : RETRY_MS
    this.#askIn(this.#fresh ? GATHER_MS : next)
  }

  /** Answers when to ask again. */
  #take(lists: readonly LinkBody<'iceServers'>[]): number {
    const seconds = Math.min(...lists.map(({ lifetime }) => lifetime))
    const lifetime = Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, seconds)) * 1000
    this.#set(merge(lists.map(({ servers }) => readServers(servers))))
    this.#cancelExpiry()
    this.#cancelExpiry = this.#parts.clock.after(lifetime, () => this.#set([]))
    return lifetime * REFRESH_SHARE
  }

  #set(servers: readonly IceServer[]): void {
    if (JSON.stringify(servers) === JSON.stringify(this.#servers)) return
    this.#parts.log.debug({ count: servers.length }, 'the servers for direct paths have changed')
    this.#servers = servers
    this.#parts.onChange(servers)
  }
}

function fingerprintOf(link: NodeLink): string {
  return link.node.fingerprint
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
