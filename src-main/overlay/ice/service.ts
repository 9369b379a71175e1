import type { Clock, Log, Random, SecretText } from '../../base/index.ts'
import type { LinkInput } from '../../wire/index.ts'
import { Buckets } from '../limits/buckets.ts'
import type { NodeService } from '../node/service.ts'
import { CREDENTIAL_SECONDS, LISTS } from './constants.ts'
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
  clock: Clock
  random: Random
  log: Log
}

type ServerList = LinkInput<'iceServers'>

/** Answers devices' questions for STUN and TURN servers, and STUN itself where it is asked to. */
export function createIceService(parts: IceServiceParts): NodeService {
  const { options, counts, clock, random, log } = parts
  const lists = new Buckets(clock, LISTS)
  const stun = options.stun && new StunServer({ counts, clock, log })
  let stunUrl: string | undefined
  return {
    deviceFrames: {
      getIceServers: (link, { id }) => {
        lists.require(link.address)
        link.connection.send('iceServers', id, serverList(options, stunUrl, clock, random))
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

function serverList({ turn }: IceOptions, stunUrl: string | undefined, clock: Clock, random: Random): ServerList {
  const servers: { url: string; credential: { username: string; password: string } | null }[] = []
  if (stunUrl !== undefined) servers.push({ url: stunUrl, credential: null })
  if (turn) {
    const credential = turnCredential(turn.secret, clock.now(), CREDENTIAL_SECONDS, random)
    for (const url of turn.urls) servers.push({ url, credential })
  }
  return { servers, lifetime: CREDENTIAL_SECONDS }
}
