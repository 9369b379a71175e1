import type { ConnectionReport } from './ipc.ts'
import type { PathKind } from './types.ts'

/** How a path with this pair of candidates goes. `hosts`: addresses that the other side has named as its own. */
export function wayOf(
  { local, remote }: Extract<ConnectionReport, { type: 'pair' }>,
  hosts: ReadonlySet<string>,
): PathKind {
  if (local.kind === 'relay' || remote.kind === 'relay') return 'turn'
  // A check that comes before its candidate was told makes a "peer reflexive" one of what is a host.
  return local.kind === 'host' && (remote.kind === 'host' || hosts.has(remote.address)) ? 'lan' : 'nat'
}
