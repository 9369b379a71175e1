import type { Clock, Log } from '../../base/index.ts'
import type { LinkFrame } from '../../wire/index.ts'
import type { Meter } from '../fees/meter.ts'
import type { Buckets } from '../limits/buckets.ts'
import type { DeviceRegistry } from '../mailbox/registry.ts'
import type { Revocations } from '../mailbox/revocations.ts'
import type { PresenceTable } from '../presence/table.ts'
import type { Revoker } from './revoker.ts'
import type { Relay } from '../relay/relay.ts'
import type { NodeCounters } from './counters.ts'
import type { Directory } from './directory.ts'
import type { NodePeers } from './peers.ts'
import type { NodeService } from './service.ts'
import type { Watchers } from './watchers.ts'

/** The parts of a node that frames are served from. */
export interface ServingParts {
  counters: NodeCounters
  meter: Meter
  /** What serves the frames of its own. */
  services: readonly NodeService[]
  relay: Relay
  registry: DeviceRegistry
  revocations: Revocations
  directory: Directory
  table: PresenceTable
  watchers: Watchers
  peers: NodePeers
  /** Home nodes' records, this node's included where it is one. */
  sector: (address: string) => LinkSector
  frames: Buckets
  /** The same for those that another node vouches for, by node and address. */
  vouched: Buckets
  takes: Buckets
  /** Unused key packages, by the node that asks and the address that they are of. */
  takesByNode: Buckets
  revoker: Revoker
  /** Revocations that an address may bring: each costs a check and a write. */
  revoking: Buckets
  clock: Clock
  log: Log
}
type LinkSector = Extract<LinkFrame, { name: 'sector' }>['body']
