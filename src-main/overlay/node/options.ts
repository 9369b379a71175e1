import type { Clock, Log, Random } from '../../base/index.ts'
import type { Ledger, LedgerGate } from '../../ledger/index.ts'
import type { FeeOptions } from '../fees/service.ts'
import type { IceOptions } from '../ice/service.ts'
import type { NodeLimits } from '../limits/limits.ts'
import type { RegistryOptions } from '../registry/service.ts'
import type { ClusterAddress } from '../state/index.ts'
import type { NodeAddress } from '../types.ts'

/** The NATS cluster of an operator, and the state's name in it. */
export interface NodeCluster extends ClusterAddress {
  name: string
  /** Servers that keep the log, 1 to 5; three where it is absent. The cluster must have so many. */
  replicas?: number
}

export interface S2NodeOptions {
  listen: { host: string; port: number }
  /** Host name or address that others reach this node by; `listen.host` where it is absent. */
  publicHost?: string
  /** `wss://host:port` of the node's other processes, at most three: told to others with its own. */
  also?: readonly string[]
  /** Folder of its key, certificate and mailboxes; without one, all is in memory. */
  dataDir?: string
  /** Key and certificate of the node, as `node.json` of its first process has them; made in `dataDir` where it is absent. */
  identity?: string
  /** Several processes of one node keep their state in a NATS cluster; each has its own `dataDir`. */
  cluster?: NodeCluster
  ledger: Pick<Ledger, 'chain' | 'epoch'>
  peers: readonly NodeAddress[]
  /** Follows the ledger's registry of nodes, and registers this one where that is wanted; none without it. */
  registry?: RegistryOptions
  /** STUN and TURN servers that it names to devices; none without it. */
  ice?: IceOptions
  /** Passes questions and transactions on to the ledger; the node closes it when it stops. */
  gate?: LedgerGate
  /** Prices, and how they are paid; a node without them is free. */
  fees?: FeeOptions
  clock: Clock
  random: Random
  log: Log
  limits?: Partial<NodeLimits>
}
