import type { LinkFrame } from '../../wire/index.ts'
import type { Connection } from '../link/connection.ts'
import type { ServingParts } from './serving.ts'
import type { Source } from './source.ts'

/**
 * Serves the frames that devices and nodes send alike; answers false for any other. A request of a device is passed on to
 * other home nodes, one that a node has passed on already is not.
 */
export async function serveCommon(
  connection: Connection,
  { directory, revoker, watchers, table, clock }: ServingParts,
  frame: LinkFrame,
  source: Source,
): Promise<boolean> {
  const { id } = frame
  const passOn = source.kind === 'device'
  switch (frame.name) {
    case 'ping':
      connection.send('pong', id, { time: clock.now() })
      return true
    case 'putPresence':
      directory.putPresence(frame.body.packet, source)
      connection.send('ok', id, {})
      return true
    case 'getPresence': {
      const { address } = frame.body
      // Who is here is answered at once; only for others is anybody asked.
      const packets = directory.known(address) ?? (await directory.presence(address, passOn))
      connection.send('presence', id, { address, packets })
      return true
    }
    case 'watchPresence':
      watchers.watch(connection, frame.body.addresses, table, source)
      connection.send('ok', id, {})
      return true
    case 'getRevocations': {
      const { address } = frame.body
      connection.send('revocations', id, { address, revocations: await revoker.of(address, passOn) })
      return true
    }
    default:
      return false
  }
}
