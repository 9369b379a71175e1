import { ParleyError } from '../../contract/index.ts'
import type { LinkFrame, NodeRecordValue } from '../../wire/index.ts'
import type { Connection } from '../link/connection.ts'
import type { SectorMap } from '../sector/map.ts'
import { serveCommon } from './serve-common.ts'
import { serveByNode } from './service.ts'
import { tellStock } from './serve-device.ts'
import type { ServingParts } from './serving.ts'

/**
 * Serves the frames of a linked node. Before this node has dialled it back and found its key and certificate true, it
 * gets nothing: it speaks for other people's devices.
 */
export function serveNode(
  connection: Connection,
  record: NodeRecordValue,
  map: SectorMap,
  parts: ServingParts,
): (frame: LinkFrame) => void {
  return (frame) => {
    if (!map.has(record.nodeKey))
      throw new ParleyError('unauthorized', 'This node does not know you yet.', { retryAfter: 1_000 })
    serve(connection, record, parts, frame).catch((error: unknown) => connection.sendError(frame.id, error))
  }
}

async function serve(
  connection: Connection,
  record: NodeRecordValue,
  parts: ServingParts,
  frame: LinkFrame,
): Promise<void> {
  const source = { kind: 'node', owner: record.nodeKey } as const
  if (await serveCommon(connection, parts, frame, source)) return
  if (await serveByNode(parts, connection, record, frame)) return
  const { id } = frame
  switch (frame.name) {
    case 'relay': {
      const { sender, senderDevice, live, send } = frame.body
      parts.vouched.require(`${record.nodeKey}/${sender}`)
      const from = { address: sender, device: senderDevice, via: record.nodeKey }
      const relay = () => parts.relay.send(from, send, live ? 'live' : 'node')
      const result = await parts.counters.send(send.envelope.length, relay)
      return connection.send('sendResult', id, { result: { [result]: true } as never })
    }
    case 'watchMore':
      parts.watchers.change(connection, frame.body, parts.table, source)
      return connection.send('ok', id, {})
    case 'findDevice': {
      const { address, device } = frame.body
      return connection.send('deviceFound', id, { linked: await parts.relay.isReachable(address, device) })
    }
    case 'putRevocation':
      // Nodes tell each other by replication: whoever does it this way is held to what a wallet may bring.
      parts.revoking.require(record.nodeKey)
      await parts.revoker.put(frame.body.revocation)
      return connection.send('ok', id, {})
    case 'takeKeyPackages': {
      // For whom it asks it does not say. Beyond its share it gets what is left when there is no stock.
      const unused = parts.takesByNode.take(`${record.nodeKey}/${frame.body.address}`) === 0
      const packages = await parts.directory.takeKeyPackages(frame.body, { ask: false, unused })
      connection.send('keyPackages', id, { packages })
      return tellStock(parts, packages)
    }
    default:
      throw new ParleyError('not_supported', 'A node does not send such a frame.')
  }
}
