import type { NetworkStatus } from '../contract/index.ts'
import type { AccountContext } from './account-types.ts'
import type { LedgerState } from './ledger-state.ts'

/** What `network.status` tells and the event `network` carries. */
export function networkView(account: AccountContext, ledger: LedgerState): NetworkStatus {
  const { store, overlay, relay, ion } = account
  const accepted = store.contacts.list().filter(({ state }) => state === 'accepted')
  return {
    ledger: ledger.view(),
    links: overlay?.links() ?? [],
    clockAheadMs: overlay?.clockAheadMs(),
    nodesAsk: relay.fees.allAsk(),
    peers: accepted.map(({ address }) => ({ address, ...pathTo(account, address) })),
    signalling: ion.status(),
  }
}

/** How the next message to an address would go. */
function pathTo(account: AccountContext, address: string): Omit<NetworkStatus['peers'][number], 'address'> {
  const { devices, peers, overlay, ion } = account
  for (const device of devices.idsOf(address)) {
    if (!peers.isOpen(device)) continue
    const [rttMs, way] = [peers.rttMs(device), peers.kind(device)]
    const byLedger = peers.isWhole(device) ? ({ arrangedBy: 'ledger' } as const) : {}
    return { path: 'direct', ...(rttMs === undefined ? {} : { rttMs }), ...(way && { way }), ...byLedger }
  }
  if (overlay?.isOnline(address)) return { path: 'relay' }
  return { path: ion.isArranging(address) ? 'ledger' : 'offline' }
}
