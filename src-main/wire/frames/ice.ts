import { bcs } from '@iota/bcs'
import { boundedVector } from '../vector.ts'
import { Empty, frame, SMALL } from './define.ts'

/** Servers that one node names: a STUN server and a few TURN servers. */
export const MAX_ICE_SERVERS = 6
/** The longest host name with scheme, port and transport. */
export const MAX_ICE_URL_CHARACTERS = 300
/** `expiry:id`, and the base64 of an HMAC-SHA1. */
export const MAX_ICE_CREDENTIAL_CHARACTERS = 128

/** One STUN or TURN server (RFC 7064, RFC 7065). */
const IceServer = bcs.struct('IceServer', {
  url: bcs.string(),
  credential: bcs.option(bcs.struct('IceCredential', { username: bcs.string(), password: bcs.string() })),
})
const MAX_SERVER_BYTES = MAX_ICE_URL_CHARACTERS + 2 * MAX_ICE_CREDENTIAL_CHARACTERS + 8

/** Types 72 to 75: what a device needs to find direct paths. */
export const iceFrames = {
  getIceServers: frame(72, Empty),
  iceServers: frame(
    73,
    bcs.struct('IceServers', {
      servers: boundedVector(IceServer, MAX_ICE_SERVERS),
      /** Seconds that the credentials hold. */
      lifetime: bcs.u32(),
    }),
    MAX_ICE_SERVERS * MAX_SERVER_BYTES + SMALL,
  ),
} as const
