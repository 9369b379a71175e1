import { type Clock, type Log, Secret, silentLog, systemClock, systemRandom } from '../base/index.ts'
import { issueCertificate, sealingPublicKey, signingKeyFromSeed } from '../crypto/index.ts'
import type { Ledger } from '../ledger/index.ts'
import { createS2Node, type NodeLimits, type OverlayIdentity, parseNodeAddress, type S2Node } from '../overlay/index.ts'

export interface TestNodes {
  nodes: S2Node[]
  /** `wss://127.0.0.1:P#FINGERPRINT` of each. */
  addresses: string[]
  stop(): Promise<void>
}

/** Starts linked S2 nodes on loopback, in this process; resolves when each is linked to all others. */
export async function startNodes(
  count: number,
  options: {
    ledger: Pick<Ledger, 'chain' | 'epoch'>
    dataDir?: (index: number) => string
    clock?: Clock
    log?: Log
    limits?: Partial<NodeLimits>
  },
): Promise<TestNodes> {
  const nodes: S2Node[] = []
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  try {
    for (let index = 0; index < count; index++) {
      const node = createS2Node({
        listen: { host: '127.0.0.1', port: 0 },
        ...(options.dataDir ? { dataDir: options.dataDir(index) } : {}),
        ledger: options.ledger,
        peers: nodes.map(({ endpoint }) => parseNodeAddress(endpoint)),
        clock: options.clock ?? systemClock,
        random: systemRandom,
        log: options.log ?? silentLog,
        ...(options.limits ? { limits: options.limits } : {}),
      })
      nodes.push(node)
      await node.start()
    }
    await waitFor(() => nodes.every((node) => node.peers().length === count - 1), 10_000)
  } catch (error) {
    await stop()
    throw error
  }
  return { nodes, addresses: nodes.map(({ endpoint }) => endpoint), stop }
}

/** A ledger that tells a chain and an epoch and nothing else, for tests of what needs no more. */
export function fixedLedger(chain = '0badcafe', salt = new Uint8Array(32)): Pick<Ledger, 'chain' | 'epoch'> {
  return { chain: () => Promise.resolve(chain), epoch: () => Promise.resolve({ epoch: 1n, salt }) }
}

/** A new wallet with one device, or another device of the wallet given. */
export function testIdentity(walletSeed = systemRandom.bytes(32)): OverlayIdentity {
  const wallet = signingKeyFromSeed(new Secret(walletSeed))
  const deviceKey = signingKeyFromSeed(new Secret(systemRandom.bytes(32)))
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

/** Resolves when the condition holds; rejects after `ms`. */
export async function waitFor(condition: () => boolean, ms = 5_000): Promise<void> {
  const until = performance.now() + ms
  while (!condition()) {
    if (performance.now() > until) throw new Error('the condition did not come true in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
