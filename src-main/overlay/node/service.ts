import type { LinkFrame, LinkFrameName, NodeRecordValue } from '../../wire/index.ts'
import type { Connection } from '../link/connection.ts'
import type { DeviceLink } from '../relay/device-link.ts'
import type { NodeCounters } from './counters.ts'

type FrameOf<N extends LinkFrameName> = Extract<LinkFrame, { name: N }>

/** What answers a frame of a linked device; a throw is answered as an error frame. */
export type DeviceHandlers = {
  [N in LinkFrameName]?: (link: DeviceLink, frame: FrameOf<N>) => void | Promise<void>
}
/** What answers a frame of another node that was dialled back and found true. */
export type NodeHandlers = {
  [N in LinkFrameName]?: (connection: Connection, node: NodeRecordValue, frame: FrameOf<N>) => void | Promise<void>
}

/**
 * A part of a node that serves frames of its own: group logs, ICE servers, fees, the ledger gateway, replication. Each
 * frame belongs to one service.
 */
export interface NodeService {
  readonly deviceFrames?: DeviceHandlers
  /** Bit of the node's profile on the ledger, where this service has one: 4 log, 8 ICE servers, 16 ledger gateway. */
  readonly role?: bigint
  readonly nodeFrames?: NodeHandlers
  start?(): void | Promise<void>
  /** Ends everything that it started; never rejects. */
  stop?(): void | Promise<void>
}

interface Serving {
  services: readonly NodeService[]
  counters: NodeCounters
}

/** Serves a device's frame by the service that has it; false where none has. */
export async function serveByDevice(
  { services, counters }: Serving,
  link: DeviceLink,
  frame: LinkFrame,
): Promise<boolean> {
  for (const { deviceFrames } of services) {
    const handler = deviceFrames?.[frame.name] as
      ((link: DeviceLink, frame: LinkFrame) => void | Promise<void>) | undefined
    if (!handler) continue
    await counters.serve('device', frame.name, () => handler(link, frame))
    return true
  }
  return false
}

/** The same for a frame of another node. */
export async function serveByNode(
  { services, counters }: Serving,
  connection: Connection,
  node: NodeRecordValue,
  frame: LinkFrame,
): Promise<boolean> {
  for (const { nodeFrames } of services) {
    const handler = nodeFrames?.[frame.name] as
      ((connection: Connection, node: NodeRecordValue, frame: LinkFrame) => void | Promise<void>) | undefined
    if (!handler) continue
    await counters.serve('node', frame.name, () => handler(connection, node, frame))
    return true
  }
  return false
}
