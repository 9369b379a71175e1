import * as v from 'valibot'
import type { LanOffer, LaneName } from './frames.ts'

/** A STUN server, or with credentials a TURN server over UDP. */
export interface NativeServer {
  hostname: string
  port: number
  username?: string
  password?: string
}

/** What the main process asks of the peer process. Bytes stay bytes: structured clone on every host. */
export type Command =
  | {
      type: 'open'
      connection: number
      role: 'offer' | 'answer'
      servers: NativeServer[]
      /** Bound to loopback, with TURN servers as the only way out. */
      relayOnly: boolean
      bindAddress: string | undefined
    }
  | { type: 'description'; connection: number; kind: 'offer' | 'answer'; sdp: string }
  | { type: 'candidate'; connection: number; candidate: string; mid: string }
  | { type: 'send'; connection: number; channel: LaneName; bytes: Uint8Array }
  /** So many received bytes were taken: room for more. */
  | { type: 'taken'; connection: number; lane: LaneName; bytes: number }
  /** Listen at this address for the TLS connection beside this one, or dial where the other side listens. */
  | { type: 'lanListen'; connection: number; address: string }
  | { type: 'lanDial'; connection: number; address: string; offer: LanOffer }
  | { type: 'close'; connection: number }
  | { type: 'stop' }

const connection = v.pipe(v.number(), v.safeInteger())
/** One end of the pair of candidates that a connection uses. */
const end = v.object({ kind: v.pipe(v.string(), v.maxLength(16)), address: v.pipe(v.string(), v.maxLength(64)) })
const channel = v.picklist(['control', 'chat', 'data', 'lan'])

/** What the peer process reports. It parses packets from the network in native code, so its word is checked too. */
export const Report = v.variant('type', [
  v.object({ type: v.literal('beat') }),
  v.object({ type: v.literal('log'), text: v.pipe(v.string(), v.maxLength(1024)) }),
  v.object({ type: v.literal('description'), connection, sdp: v.string() }),
  v.object({ type: v.literal('candidate'), connection, candidate: v.string(), mid: v.string() }),
  v.object({ type: v.literal('gathered'), connection }),
  v.object({ type: v.literal('open'), connection }),
  /** The way that the connection takes; again when it finds a better one. */
  v.object({ type: v.literal('pair'), connection, local: end, remote: end }),
  v.object({ type: v.literal('message'), connection, channel, bytes: v.instance(Uint8Array) }),
  v.object({
    ...{ type: v.literal('lanListening'), connection, port: v.pipe(v.number(), v.integer(), v.maxValue(65_535)) },
    ...{ fingerprint: v.instance(Uint8Array), token: v.instance(Uint8Array) },
  }),
  v.object({ type: v.literal('lanOpen'), connection }),
  v.object({ type: v.literal('lanClosed'), connection }),
  v.object({ type: v.literal('closed'), connection, reason: v.pipe(v.string(), v.maxLength(256)) }),
])
export type Report = v.InferOutput<typeof Report>
/** A report about one connection. */
export type ConnectionReport = Extract<Report, { connection: number }>

export function parseReport(message: unknown): Report | undefined {
  const result = v.safeParse(Report, message)
  return result.success ? result.output : undefined
}
