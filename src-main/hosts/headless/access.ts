import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Clock, Random } from '../../base/index.ts'
import { MAX_ONE_TIME_URLS, MAX_SESSIONS, ONE_TIME_URL_MS } from './limits.ts'

/**
 * Who may talk to this host: a browser that came by a one-time URL and carries the cookie, or a bot with the bearer token.
 * Browsers send cookies to every port of a host, so the cookie's name carries the port: two daemons do not log each
 * other's windows out.
 */
export class Access {
  readonly token: string
  readonly #clock: Clock
  readonly #random: Random
  readonly #oneTime = new Map<string, number>()
  readonly #sessions = new Set<string>()
  #authority = ''

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
    this.token = this.#secret()
  }

  /** Sets `host:port` once it is known. */
  setAuthority(authority: string): void {
    this.#authority = authority
  }

  get origin(): string {
    return `http://${this.#authority}`
  }

  createUrl(): string {
    const secret = this.#secret()
    this.#oneTime.set(digest(secret), this.#clock.now() + ONE_TIME_URL_MS)
    dropOldest(this.#oneTime, MAX_ONE_TIME_URLS)
    return `${this.origin}/?t=${secret}`
  }

  /** The cookie for a one-time secret, or undefined where it has been used, has expired or was never given. */
  redeem(secret: string): string | undefined {
    const key = digest(secret)
    const expiresAt = this.#oneTime.get(key)
    this.#oneTime.delete(key)
    if (expiresAt === undefined || expiresAt <= this.#clock.now()) return undefined
    const session = this.#secret()
    this.#sessions.add(digest(session))
    dropOldest(this.#sessions, MAX_SESSIONS)
    return `${this.#cookieName()}=${session}; HttpOnly; SameSite=Strict; Path=/`
  }

  /** Refuses names that only a DNS rebinding page would send (`evil.example` pointing at 127.0.0.1). */
  hostIsOurs(request: IncomingMessage): boolean {
    return request.headers.host === this.#authority
  }

  /** True without an Origin (no browser) or with our own. */
  originIsOurs(request: IncomingMessage): boolean {
    return request.headers.origin === undefined || request.headers.origin === this.origin
  }

  hasSession(request: IncomingMessage): boolean {
    const wanted = `${this.#cookieName()}=`
    const cookies = (request.headers.cookie ?? '').split(';').map((cookie) => cookie.trim())
    const found = cookies.find((cookie) => cookie.startsWith(wanted))
    return found !== undefined && this.#sessions.has(digest(found.slice(wanted.length)))
  }

  hasBearer(request: IncomingMessage): boolean {
    const given = /^Bearer ([\w-]+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    return timingSafeEqual(Buffer.from(digest(given), 'hex'), Buffer.from(digest(this.token), 'hex'))
  }

  #cookieName(): string {
    return `parley_${this.#authority.slice(this.#authority.lastIndexOf(':') + 1)}`
  }

  #secret(): string {
    // A token that begins with a dash would be taken for an option on a command line.
    return Buffer.from(this.#random.bytes(32)).toString('hex')
  }
}

/** Secrets are looked up by their hash, so that the time of a look-up says nothing about them. */
function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function dropOldest(collection: Map<string, unknown> | Set<string>, most: number): void {
  for (const key of collection.keys()) {
    if (collection.size <= most) return
    collection.delete(key)
  }
}
