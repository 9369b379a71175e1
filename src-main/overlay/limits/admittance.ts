import { isIPv6 } from 'node:net'
import type { Clock } from '../../base/index.ts'
import { Buckets } from './buckets.ts'
import type { NodeLimits } from './limits.ts'

/** Why a connection was not let in. */
export type TurnedAway = 'full' | 'rate' | 'host' | 'network'

/**
 * Who may connect, decided before TLS, as a handshake is the dearest thing that a stranger can make a node do: so many in all, so many
 * a second from all, from one IP address and from one network, and so many at once from one address and one network.
 */
export class Admittance {
  readonly #limits: NodeLimits
  readonly #all: Buckets
  readonly #hosts: Buckets
  readonly #networks: Buckets
  /** Open connections by address and by network; an entry lives as long as one of its connections. */
  readonly #open = new Map<string, number>()
  #total = 0

  constructor(clock: Clock, limits: NodeLimits) {
    this.#limits = limits
    this.#all = new Buckets(clock, limits.accept)
    this.#hosts = new Buckets(clock, limits.acceptPerHost)
    this.#networks = new Buckets(clock, limits.acceptPerNetwork)
  }

  /** Connections that are let in now. */
  get total(): number {
    return this.#total
  }

  /** Lets one in, which `leave` must follow, or says why not. */
  enter(address: string): TurnedAway | undefined {
    const { connections, connectionsPerHost, connectionsPerNetwork } = this.#limits
    const { host, network } = placeOf(address)
    if (this.#total >= connections) return 'full'
    if (this.#count(host) >= connectionsPerHost || this.#hosts.take(host) > 0) return 'host'
    if (this.#count(network) >= connectionsPerNetwork || this.#networks.take(network) > 0) return 'network'
    if (this.#all.take('') > 0) return 'rate'
    this.#total++
    for (const key of [host, network]) this.#open.set(key, this.#count(key) + 1)
    return undefined
  }

  leave(address: string): void {
    const { host, network } = placeOf(address)
    this.#total--
    for (const key of [host, network]) {
      const left = this.#count(key) - 1
      if (left > 0) this.#open.set(key, left)
      else this.#open.delete(key)
    }
  }

  #count(key: string): number {
    return this.#open.get(key) ?? 0
  }
}

/** Groups of an IPv6 address that one customer gets at most (RFC 6177: /48), and that one machine has (/64). */
const IPV6_NETWORK_GROUPS = 3
const IPV6_HOST_GROUPS = 4
const IPV6_GROUPS = 8
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/**
 * The host and the network of an IP address: of IPv4 the address and its /24, of IPv6 the /64, as whoever has one address there has
 * them all, and the /48.
 */
export function placeOf(address: string): { host: string; network: string } {
  const v4 = MAPPED.exec(address)?.[1] ?? address
  if (!isIPv6(v4)) return { host: v4, network: `${v4.slice(0, v4.lastIndexOf('.'))}.0/24` }
  const groups = groupsOf(v4)
  return {
    host: `${groups.slice(0, IPV6_HOST_GROUPS).join(':')}::/64`,
    network: `${groups.slice(0, IPV6_NETWORK_GROUPS).join(':')}::/48`,
  }
}

function groupsOf(address: string): string[] {
  const [front = '', back] = (address.split('%')[0] ?? '').toLowerCase().split('::')
  const parts = (text: string) => text.split(':').filter(Boolean)
  const left = parts(front)
  if (back === undefined) return left
  const right = parts(back)
  return [...left, ...new Array<string>(Math.max(0, IPV6_GROUPS - left.length - right.length)).fill('0'), ...right]
}
