import type { LinkFrame } from '../../wire/index.ts'
import type { RecordCheck } from '../registry/record-check.ts'
import type { LinkStatus, NodeAddress, NodeMemory } from '../types.ts'
import type { NodeLink, NodeLinkOptions } from './node-link.ts'
import type { NodeTraffic } from './traffic.ts'

type LinkParts = Pick<NodeLinkOptions, 'credentials' | 'chain' | 'clock' | 'random' | 'log'>

export interface LinksOptions extends LinkParts {
  traffic: NodeTraffic
  /** Tells which of the nodes named can be believed, and which are not in service any more. All are believed where it is absent. */
  registry: Pick<RecordCheck, 'check' | 'gone'> | undefined
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
