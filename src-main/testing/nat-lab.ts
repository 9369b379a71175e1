import { canMakeNamespace, inside, ip, labName, leftNamespaces } from './namespaces.ts'

/** How a router treats those behind it: `no-udp` lets only TCP through. */
export type Nat = 'cone' | 'symmetric' | 'no-udp'

/** Documentation network of RFC 5737, as the Internet of the lab. */
const NETWORK = '203.0.113'
export const PUBLIC_ADDRESS = `${NETWORK}.10`
const GATEWAY = `${NETWORK}.1`
const FIRST_ROUTER = 20

const KIND = 'nat'

/** Whether namespaces with NAT can be made here: needs root, iproute2 and iptables. */
export function canMakeNatLab(): Promise<boolean> {
  return canMakeNamespace(KIND, '-t', 'nat', '-A', 'POSTROUTING', '-j', 'MASQUERADE', '--random-fully')
}

/** A machine behind a router of its own. */
export interface NatHost {
  /** What runs a program on it. */
  readonly prefix: readonly string[]
  /** The router's address as the Internet sees it; another after `move`. */
  readonly publicAddress: string
  /** Unplugs it and plugs it in behind another router, where it gets another address. */
  move(nat: Nat): Promise<void>
  /** UDP packets from this address that have come to its router, from now on. */
  watch(address: string): Promise<() => Promise<number>>
}

/**
 * A small Internet of network namespaces: a public machine, and machines behind routers with NAT. Ends with `close`, which
 * must come after everything that runs in it has ended.
 */
export class NatLab {
  readonly #base = labName(KIND)
  readonly #names: string[] = []
  #routers = 0

  /** What runs a program on the public machine. */
  get prefix(): readonly string[] {
    return this.#prefix('public')
  }

  static async create(): Promise<NatLab> {
    await removeLeftovers()
    const lab = new NatLab()
    try {
      await lab.#add('wan')
      await ip('-n', lab.#name('wan'), 'link', 'add', 'bridge', 'type', 'bridge')
      await ip('-n', lab.#name('wan'), 'link', 'set', 'bridge', 'up')
      await ip('-n', lab.#name('wan'), 'addr', 'add', `${GATEWAY}/24`, 'dev', 'bridge')
      await lab.#add('public')
      await lab.#plug('public', `${PUBLIC_ADDRESS}/24`)
    } catch (error) {
      await lab.close()
      throw error
    }
    return lab
  }

  async host(name: string, nat: Nat): Promise<NatHost> {
    await this.#add(name)
    let router = await this.#connect(name, nat)
    return {
      prefix: this.#prefix(name),
      get publicAddress() {
        return router.address
      },
      move: async (to) => {
        await ip('-n', this.#name(name), 'link', 'del', 'eth0')
        router = await this.#connect(name, to)
      },
      watch: (address) => this.#watch(router.name, address),
    }
  }

  async close(): Promise<void> {
    for (const name of this.#names.splice(0).reverse()) await ip('netns', 'del', name).catch(() => {})
  }

  #name(name: string): string {
    return `${this.#base}-${name}`
  }

  #prefix(name: string): string[] {
    return ['ip', 'netns', 'exec', this.#name(name)]
  }

  async #add(name: string): Promise<void> {
    await ip('netns', 'add', this.#name(name))
    this.#names.push(this.#name(name))
    await ip('-n', this.#name(name), 'link', 'set', 'lo', 'up')
  }

  /** Connects a namespace to the public network. */
  async #plug(name: string, address: string): Promise<void> {
    const [wan, own] = [this.#name('wan'), this.#name(name)]
    await ip('-n', wan, 'link', 'add', `to-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own)
    await ip('-n', wan, 'link', 'set', `to-${name}`, 'master', 'bridge', 'up')
    await ip('-n', own, 'addr', 'add', address, 'dev', 'eth0')
    await ip('-n', own, 'link', 'set', 'eth0', 'up')
    // As on the Internet: what nobody has is lost on the way. Without a route the sender would hear of it at once.
    await ip('-n', own, 'route', 'add', 'default', 'via', GATEWAY)
  }

  /** Puts a host behind a new router. */
  async #connect(host: string, nat: Nat): Promise<{ name: string; address: string }> {
    const number = ++this.#routers
    const name = `router${number}`
    const [router, own] = [this.#name(name), this.#name(host)]
    const address = `${NETWORK}.${FIRST_ROUTER + number}`
    await this.#add(name)
    await this.#plug(name, `${address}/24`)
    await ip('-n', router, 'link', 'add', 'lan', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', own)
    await ip('-n', router, 'addr', 'add', `10.0.${number}.1/24`, 'dev', 'lan')
    await ip('-n', router, 'link', 'set', 'lan', 'up')
    await ip('-n', own, 'addr', 'add', `10.0.${number}.2/24`, 'dev', 'eth0')
    await ip('-n', own, 'link', 'set', 'eth0', 'up')
    await ip('-n', own, 'route', 'add', 'default', 'via', `10.0.${number}.1`)
    await inside(router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
    for (const rule of rulesOf(nat)) await inside(router, 'iptables', ...rule.split(' '))
    return { name: router, address }
  }

  async #watch(router: string, address: string): Promise<() => Promise<number>> {
    await inside(router, 'iptables', '-t', 'raw', '-I', 'PREROUTING', '-p', 'udp', '-s', address)
    return async () => {
      const { stdout } = await inside(router, 'iptables', '-t', 'raw', '-L', 'PREROUTING', '1', '-v', '-x', '-n')
      return Number(stdout.trim().split(/\s+/)[0])
    }
  }
}

/** What comes from outside passes only as an answer. A symmetric router takes another port for each destination. */
function rulesOf(nat: Nat): string[] {
  return [
    `-t nat -A POSTROUTING -o eth0 -j MASQUERADE${nat === 'symmetric' ? ' --random-fully' : ''}`,
    '-A FORWARD -i eth0 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    '-A FORWARD -i eth0 -j DROP',
    '-A INPUT -i eth0 -j DROP',
    ...(nat === 'no-udp' ? ['-I FORWARD -p udp -j DROP'] : []),
  ]
}

async function removeLeftovers(): Promise<void> {
  for (const name of await leftNamespaces(KIND)) await ip('netns', 'del', name).catch(() => {})
}
