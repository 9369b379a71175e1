import type { PresenceTable } from '../presence/table.ts'
import type { Relay } from '../relay/relay.ts'
import type { Fact } from '../state/index.ts'
import type { Watchers } from './watchers.ts'

interface Parts {
  relay: Relay
  table: PresenceTable
  watchers: Watchers
}

/**
 * What facts do to the links and the presence here, whoever gave them: mail goes to a linked device, a revoked device is cut
 * off.
 */
export function haveEffect({ relay, table, watchers }: Parts, facts: readonly Fact[]): void {
  const mailed = new Map<string, string>()
  for (const fact of facts) {
    if (fact.kind === 'allowed' || fact.kind === 'revocation') relay.rightsChanged()
    if (fact.kind === 'mail') mailed.set(fact.device, fact.address)
    if (fact.kind !== 'revocation') continue
    relay.cut(fact.address, fact.device)
    table.remove(fact.address, fact.device)
    watchers.revoked(fact.address)
  }
  for (const [device, address] of mailed) {
    const link = relay.link(device)
    if (link?.address === address) link.wake()
  }
}
