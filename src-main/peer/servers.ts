import type { IceServer } from '../overlay/index.ts'
import type { NativeServer } from './ipc.ts'
import type { PeerOptions } from './types.ts'

const STUN_PORT = 3478
/** RFC 7064 and RFC 7065. */
const URL = /^(stun|turn):(?:\[([\da-f:.]+)\]|([a-z\d.-]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i
/** The native library takes one STUN server and two TURN servers; what is more would only delay. */
const MAX_STUN = 1
const MAX_TURN = 2

/** How a connection may find its way: undefined where none may be tried. */
export interface Reach {
  servers: NativeServer[]
  /** Nothing but relays of TURN servers: the other side and whoever is asked to reach it learn no address of ours. */
  relayOnly: boolean
}

/** The servers that the native library can use: STUN, and TURN over UDP; none but TURN where our address is not to be known. */
export function reachOf({ iceServers, direct }: PeerOptions): Reach | undefined {
  const all = iceServers.flatMap((server) => nativeServer(server) ?? [])
  const turn = all.filter((server) => server.username !== undefined).slice(0, MAX_TURN)
  if (!direct) return turn.length > 0 ? { servers: turn, relayOnly: true } : undefined
  const stun = all.filter((server) => server.username === undefined).slice(0, MAX_STUN)
  return { servers: [...stun, ...turn], relayOnly: false }
}

function nativeServer({ url, username, password }: IceServer): NativeServer | undefined {
  const [, scheme = '', v6, name = '', port, transport] = URL.exec(url) ?? []
  const isTurn = scheme.toLowerCase() === 'turn'
  const number = port === undefined ? STUN_PORT : Number(port)
  if (scheme === '' || transport === 'tcp' || number < 1 || number > 65_535) return undefined
  if (isTurn !== (username !== undefined && password !== undefined)) return undefined
  const server = { hostname: v6 ?? name, port: number }
  return isTurn && username !== undefined && password !== undefined ? { ...server, username, password } : server
}
