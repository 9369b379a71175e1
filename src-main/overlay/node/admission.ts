import type { TLSSocket } from 'node:tls'
import type { WebSocket } from 'ws'
import type { Random } from '../../base/index.ts'
import { MAX_ENVELOPE_BYTES, MAX_FRAME_NODES, type NodeRecordValue } from '../../wire/index.ts'
import { MAX_MAILBOX_TTL_MS } from '../constants.ts'
import { placeOf } from '../limits/admittance.ts'
import type { Backlog } from '../link/backlog.ts'
import { Connection } from '../link/connection.ts'
import { greet, type Guest } from '../link/greet.ts'
import { DeviceLink } from '../relay/device-link.ts'
import { quickSend } from '../relay/quick-send.ts'
import type { NodeParts } from './parts.ts'
import { serveDevice } from './serve-device.ts'
import { serveNode } from './serve-node.ts'

/** Nodes near to a place that are named where not all can be. */
const NEIGHBOURS = 32

/** Lets a new socket in: the handshake, Welcome, and the serving of its frames. */
export async function admit(
  socket: WebSocket,
  tls: TLSSocket,
  parts: NodeParts,
  { random, backlog }: { random: Random; backlog: Backlog },
): Promise<void> {
  const { key, clock, log, ledger, counters } = parts
  const connection = new Connection(socket, log, counters, tls)
  const { network } = placeOf(tls.remoteAddress ?? '')
  connection.countIn(backlog, network)
  try {
    const guest = await greet(connection, tls, { key, chain: () => ledger.chain, clock, random })
    if (guest.role === 'device') await admitDevice(connection, guest, network, parts)
    else admitNode(connection, guest, parts)
  } catch (error) {
    log.debug({ err: error }, 'a link was refused')
    connection.close()
  }
}

async function admitDevice(
  connection: Connection,
  guest: Extract<Guest, { role: 'device' }>,
  network: string,
  parts: NodeParts,
): Promise<void> {
  const { certificate, id } = guest
  const { registry, revocations, relay, clock, log, mailbox, revoker } = parts
  try {
    await registry.remember(certificate, clock.now())
    // From here to `attach` nothing waits: what comes later finds the link and cuts it.
    revocations.refuse(certificate.addressText, certificate.deviceId)
  } catch (error) {
    connection.sendError(id, error)
    throw error
  }
  const link = new DeviceLink(connection, { certificate, network }, mailbox, log)
  connection.handle(serveDevice(link, parts), (bytes, at, end) => quickSend(link, parts, bytes, at, end))
  welcome(connection, guest, registry.stock(link.device), parts)
  relay.attach(link)
  // A node that is no home of the address may not know that the device was revoked: the home nodes are asked beside.
  void revoker.of(link.address, true)
}

function admitNode(connection: Connection, guest: Extract<Guest, { role: 'node' }>, parts: NodeParts): void {
  connection.limit(parts.pace, guest.record.nodeKey)
  connection.handle(serveNode(connection, guest.record, parts.map, parts))
  welcome(connection, guest, 0, parts)
  parts.peers.learn(guest.record, true)
}

/** Of a large map a guest is told the part that concerns it: a device its candidates, a node its neighbours. */
function named({ map, record }: NodeParts, guest: Guest): NodeRecordValue[] {
  if (map.size <= MAX_FRAME_NODES) return map.all()
  const near =
    guest.role === 'device' ? map.candidates(guest.certificate.addressText) : map.near(guest.record.nodeKey, NEIGHBOURS)
  return [...new Set([...near, ...map.near(record.nodeKey, NEIGHBOURS)])].slice(0, MAX_FRAME_NODES)
}

function welcome(connection: Connection, guest: Guest, stock: number, parts: NodeParts): void {
  const { limits } = parts
  connection.send('welcome', guest.id, {
    nodes: named(parts, guest),
    stock,
    maxEnvelopeBytes: MAX_ENVELOPE_BYTES,
    maxTtl: MAX_MAILBOX_TTL_MS,
    framesPerSecond: limits.frames.perSecond,
  })
}
