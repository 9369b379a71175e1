import type { NetworkStatus } from '../../src-main/contract/index.ts'

type Peer = NetworkStatus['peers'][number]
type Reach = 'direct' | 'turn' | 'relay' | 'ledger' | 'offline'

function reachOf({ path, way }: Peer): Reach {
  return path === 'direct' && way === 'turn' ? 'turn' : path
}

/** How many contacts are reached in which way; those that nothing is known of are offline. */
export function countReach(addresses: readonly string[], peers: ReadonlyMap<string, Peer>): Record<Reach, number> {
  const counts: Record<Reach, number> = { direct: 0, turn: 0, relay: 0, ledger: 0, offline: 0 }
  for (const address of addresses) {
    const peer = peers.get(address)
    counts[peer ? reachOf(peer) : 'offline']++
  }
  return counts
}
