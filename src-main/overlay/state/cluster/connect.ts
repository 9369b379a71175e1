import { readFile } from 'node:fs/promises'
import { connect, credsAuthenticator, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node'
import { ParleyError } from '../../../contract/index.ts'

/** A silent server is noticed after twice this, and another one is taken. */
const PING_MS = 2_000
const RECONNECT_MS = 250
const CONNECT_MS = 5_000

export interface ClusterAddress {
  /** `nats://` or `tls://` with `user:password@` or `token@` where needed; one server of the cluster is enough. */
  servers: readonly string[]
  /** Credentials file (JWT and seed). */
  creds?: string
}

/**
 * Links to the cluster and stays linked; throws `invalid_params` for what is no address, `offline` where nothing answers, and
 * `unauthorized`. What it throws never names the credentials.
 */
export async function connectCluster(address: ClusterAddress): Promise<NatsConnection> {
  const options = { ...parse(address.servers), ...(await authenticator(address.creds)) }
  try {
    return await connect({
      ...options,
      name: 'parley-s2',
      timeout: CONNECT_MS,
      pingInterval: PING_MS,
      maxPingOut: 2,
      reconnectTimeWait: RECONNECT_MS,
      maxReconnectAttempts: -1,
    })
  } catch (error) {
    if (/authorization|authentication|credential/i.test(String(error)))
      throw new ParleyError('unauthorized', 'The NATS cluster does not let this node in.')
    throw new ParleyError('offline', 'The NATS cluster cannot be reached.', { retryAfter: 1_000 })
  }
}

function parse(servers: readonly string[]): NodeConnectionOptions {
  const urls = servers.map(parseServer)
  const [first] = urls
  if (!first) throw new ParleyError('invalid_params', 'At least one NATS server is needed.')
  const { username, password } = first
  const login = password
    ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
    : username
      ? { token: decodeURIComponent(username) }
      : {}
  const tls = first.protocol === 'tls:' ? { tls: {} } : {}
  return { servers: urls.map(({ hostname, port }) => `${hostname}:${port || '4222'}`), ...login, ...tls }
}

/** Throws `invalid_params` for what is no `nats://…` or `tls://…`. */
function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url?.hostname || !['nats:', 'tls:'].includes(url.protocol))
    throw new ParleyError('invalid_params', 'A NATS server is given as nats://user:password@host:port.')
  return url
}

async function authenticator(creds: string | undefined): Promise<NodeConnectionOptions> {
  if (creds === undefined) return {}
  try {
    return { authenticator: credsAuthenticator(await readFile(creds)) }
  } catch (cause) {
    throw new ParleyError('invalid_params', 'The NATS credentials file cannot be read.', { cause })
  }
}
