import { type Clock, type Log, Secret, silentLog, systemClock, systemRandom } from '../base/index.ts'
import { issueCertificate, sealingPublicKey, signingKeyFromSeed } from '../crypto/index.ts'
import type { Ledger } from '../ledger/index.ts'
import {
  createS2Node,
  type NodeLimits,
  type OverlayIdentity,
  parseNodeAddress,
  type S2Node,
  type S2NodeOptions,
} from '../overlay/index.ts'

export interface TestNodes {
  /** Those that were started, in order; a killed one stays in its place. */
  nodes: S2Node[]
  /** `wss://127.0.0.1:P#FINGERPRINT` of each. */
  addresses: string[]
  /** Ends a node without a word to anybody. */
  kill(index: number): Promise<void>
  /** Starts a killed node again, with its folder and on its port. */
  revive(index: number): Promise<void>
  /** Starts one more; answers its index. */
  join(): Promise<number>
  stop(): Promise<void>
}

export interface TestNodesOptions {
  ledger: Pick<Ledger, 'chain' | 'epoch'>
  dataDir?: (index: number) => string
  clock?: Clock
  log?: Log
  limits?: Partial<NodeLimits>
  /** Anything else, by node. */
  more?: (index: number) => Partial<S2NodeOptions>
  /** The nodes register here instead of being given each other by hand. */
  registry?: { ledger: Ledger }
  /** The address by which one node is given another: a test's proxy may stand between them. */
  via?: (from: number, to: number, address: string) => string
}

/** Starts linked S2 nodes on loopback, in this process; resolves when each is linked to all others. */
export async function startNodes(count: number, options: TestNodesOptions): Promise<TestNodes> {
  const nodes: S2Node[] = []
  const addresses: string[] = []
  const killed = new Set<number>()
  const given = (index: number) =>
    addresses.flatMap((address, other) =>
      other === index || killed.has(other) ? [] : [options.via?.(index, other, address) ?? address],
    )
  const create = (index: number, port: number) =>
    createTestNode({
      listen: { host: '127.0.0.1', port },
      ...(options.dataDir ? { dataDir: options.dataDir(index) } : {}),
      ledger: options.ledger,
      ...peersOf(given(index), options.registry?.ledger),
      ...(options.clock ? { clock: options.clock } : {}),
      ...(options.log ? { log: options.log } : {}),
      ...(options.limits ? { limits: options.limits } : {}),
      ...options.more?.(index),
    })
  const join = async () => {
    const node = create(nodes.length, 0)
    nodes.push(node)
    await node.start()
    addresses.push(node.endpoint)
    return nodes.length - 1
  }
  const kill = async (index: number) => {
    killed.add(index)
    await nodes[index]?.stop()
  }
  const revive = async (index: number) => {
    killed.delete(index)
    const node = create(index, Number(new URL(addresses[index] ?? '').port))
    nodes[index] = node
    await node.start()
  }
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  try {
    while (nodes.length < count) await join()
    await waitFor(() => nodes.every((node) => node.peers().length === count - 1))
  } catch (error) {
    await stop()
    throw error
  }
  return { nodes, addresses, kill, revive, join, stop }
}

/** One node on loopback, with nothing on disk and nobody beside it unless `options` says so. It is not started. */
export function createTestNode(options: Partial<S2NodeOptions> = {}): S2Node {
  return createS2Node({
    listen: { host: '127.0.0.1', port: 0 },
    ledger: fixedLedger(),
    peers: [],
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    ...options,
  })
}

function peersOf(others: readonly string[], ledger: Ledger | undefined): Pick<S2NodeOptions, 'peers' | 'registry'> {
  if (!ledger) return { peers: others.map(parseNodeAddress) }
  return { peers: [], registry: { find: () => ledger.registry(), register: { ledger } } }
}

/** A ledger that tells a chain and an epoch and nothing else, for tests of what needs no more. */
export function fixedLedger(chain = '0badcafe', salt = new Uint8Array(32)): Pick<Ledger, 'chain' | 'epoch'> {
  return { chain: () => Promise.resolve(chain), epoch: () => Promise.resolve({ epoch: 1n, salt }) }
}

/** The same with a salt that can be changed: a new epoch. */
export function turningLedger(chain = '0badcafe') {
  let salt = new Uint8Array(32)
  return {
    ...fixedLedger(chain),
    epoch: () => Promise.resolve({ epoch: 1n, salt }),
    salt: () => salt,
    turn: (to: number) => (salt = new Uint8Array(32).fill(to)),
  }
}

/** Waits of 20 seconds and more are a hundred times shorter; time can be put forward, and the clock that people see set wrong. */
export function hastyClock() {
  let ahead = 0
  let wrong = 0
  const clock: Clock = {
    now: () => systemClock.now() + ahead + wrong,
    steady: () => systemClock.steady() + ahead,
    after: (ms, task) => systemClock.after(ms >= 20_000 ? ms / 100 : ms, task),
  }
  return { ...clock, put: (ms: number) => (ahead += ms), set: (ms: number) => (wrong = ms) }
}

/** A new wallet with one device, or another device of the wallet given. */
export function testIdentity(
  walletSeed = systemRandom.bytes(32),
  deviceSeed: Uint8Array = systemRandom.bytes(32),
): OverlayIdentity {
  const wallet = signingKeyFromSeed(new Secret(walletSeed))
  const deviceKey = signingKeyFromSeed(new Secret(deviceSeed))
  const now = Date.now()
  const certificate = issueCertificate(wallet, {
    devicePublicKey: deviceKey.publicKey,
    sealingKey: sealingPublicKey(new Secret(systemRandom.bytes(32))),
    label: 'test',
    issuedAt: now,
    expiresAt: now + 365 * 24 * 3_600_000,
  })
  return { certificate, deviceKey }
}

/** As what is polled is waited for: what never comes fails a test, a busy machine does not. */
const WAIT_MS = 25_000

/** Resolves when the condition holds; rejects after `ms`. */
export async function waitFor(condition: () => boolean, ms = WAIT_MS): Promise<void> {
  const until = performance.now() + ms
  while (!condition()) {
    if (performance.now() > until) throw new Error('the condition did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
