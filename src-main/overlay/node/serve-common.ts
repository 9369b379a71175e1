import type { LinkFrame } from '../../wire/index.ts'
import type { Connection } from '../link/connection.ts'
import type { ServingParts } from './serving.ts'

/**
 * Serves the frames that devices and nodes send alike; answers false for any other. `device` is the linked device: a
 * request of a device is passed on to other home nodes, one that a node has passed on already is not.
 */
export async function serveCommon(
  connection: Connection,
  { directory, revoker, watchers, table, relay, clock }: ServingParts,
  frame: LinkFrame,
  device: string | undefined,
): Promise<boolean> {
  const { id } = frame
  const passOn = device !== undefined
  switch (frame.name) {
    case 'ping':
      connection.send('pong', id, { time: clock.now() })
      return true
    case 'putPresence':
      directory.putPresence(frame.body.packet, device)
      connection.send('ok', id, {})
      return true
    case 'getPresence': {
      const { address } = frame.body
      // Who is here is answered at once; only for others is anybody asked.
      const packets = directory.known(address) ?? (await directory.presence(address, passOn))
      connection.send('presence', id, { address, packets })
      return true
    }
    case 'watchPresence': {
      const owner = device === undefined ? undefined : (relay.link(device)?.address ?? device)
      watchers.watch(connection, frame.body.addresses, table, owner)
      connection.send('ok', id, {})
      return true
    }
    case 'getRevocations': {
      const { address } = frame.body
      connection.send('revocations', id, { address, revocations: await revoker.of(address, passOn) })
      return true
    }
    default:
      return false
  }
}
