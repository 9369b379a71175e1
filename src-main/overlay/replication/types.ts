import type { Clock, Log } from '../../base/index.ts'
import type { LinkBody, LinkFrameName, LinkInput, NodeRecordValue } from '../../wire/index.ts'
import type { SectorMap } from '../sector/map.ts'
import type { LocalState } from '../state/index.ts'

/** The other nodes, as replication needs them. */
export interface ReplicationPeers {
  request<N extends LinkFrameName, A extends LinkFrameName>(
    node: NodeRecordValue,
    name: N,
    body: LinkInput<N>,
    answer: A,
    ms?: number,
  ): Promise<LinkBody<A>>
  /** Linked now. */
  linked(): NodeRecordValue[]
}

export interface ReplicationParts {
  /** This node's own state, without replication. */
  state: LocalState
  map: SectorMap
  peers: ReplicationPeers
  /** Hex. */
  self: string
  clock: Clock
  log: Log
}
