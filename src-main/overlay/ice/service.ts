import type { Clock, Log, SecretText } from '../../base/index.ts'
import type { LinkInput } from '../../wire/index.ts'
import type { Meter } from '../fees/meter.ts'
import { Buckets } from '../limits/buckets.ts'
import type { NodeService } from '../node/service.ts'
import { CREDENTIAL_SECONDS, LISTS, UNPAID_SECONDS } from './constants.ts'
import { turnCredential } from './credentials.ts'
import { type StunCounts, StunServer } from './stun-server.ts'

/** What an operator offers for direct paths. */
export interface IceOptions {
  /** The node answers STUN here itself; port 0 takes a free one. */
  stun?: { host: string; port: number }
  /** TURN servers that the operator runs, and the secret that they share with this node. */
  turn?: { urls: readonly string[]; secret: SecretText }
}

export interface IceServiceParts {
  options: IceOptions
  /** Host name or address that others reach this node by. */
  publicHost: string
  counts: StunCounts
  /** Of a node with prices only those are named a TURN server who have something left of the allowance or of a credit. */
  meter: Pick<Meter, 'covers'>
  clock: Clock
  log: Log
}

type ServerList = LinkInput<'iceServers'>

/** Answers devices' questions for STUN and TURN servers, and STUN itself where it is asked to. */
export function createIceService(parts: IceServiceParts): NodeService {
  const { options, counts, meter, clock, log } = parts
  const lists = new Buckets(clock, LISTS)
  const stun = options.stun && new StunServer({ counts, clock, log })
  let stunUrl: string | undefined
  return {
    deviceFrames: {
      getIceServers: (link, { id }) => {
        lists.require(link.address)
        const servers = stunUrl === undefined ? [] : [{ url: stunUrl, credential: null }]
        const isServed = meter.covers(link.sender)
        const turn = isServed ? turnServers(options, clock.now(), link.device) : []
        const lifetime = isServed ? CREDENTIAL_SECONDS : UNPAID_SECONDS
        link.connection.send('iceServers', id, { servers: [...servers, ...turn], lifetime })
      },
    },
    start: async () => {
      if (!stun || !options.stun) return
      const port = await stun.listen(options.stun.host, options.stun.port)
      stunUrl = `stun:${parts.publicHost.includes(':') ? `[${parts.publicHost}]` : parts.publicHost}:${port}`
    },
    stop: () => stun?.stop(),
  }
}

function turnServers({ turn }: IceOptions, now: number, device: string): ServerList['servers'] {
  if (!turn) return []
  const credential = turnCredential(turn.secret, now, CREDENTIAL_SECONDS, device)
  return turn.urls.map((url) => ({ url, credential }))
}
