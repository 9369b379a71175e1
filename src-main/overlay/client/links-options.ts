import type { LinkFrame, NodeRecordValue } from '../../wire/index.ts'
import type { LinkStatus, NodeAddress, NodeMemory } from '../types.ts'
import type { NodeLink, NodeLinkOptions } from './node-link.ts'
import type { NodeTraffic } from './traffic.ts'

type LinkParts = Pick<NodeLinkOptions, 'credentials' | 'chain' | 'clock' | 'random' | 'log'>

export interface LinksOptions extends LinkParts {
  traffic: NodeTraffic
  /** Answers those of the nodes named that can be believed; never rejects. All are where it is absent. */
  check?: (records: readonly NodeRecordValue[]) => Promise<readonly NodeRecordValue[]>
  address: string
  nodes: readonly NodeAddress[]
  memory: NodeMemory | undefined
  /** The salts in force, newest first. */
  salts: () => Uint8Array[]
  onLinked: (link: NodeLink) => void
  onLost: (link: NodeLink) => void
  onFrame: (link: NodeLink, frame: LinkFrame) => void
  onStatus: (links: LinkStatus[]) => void
}
