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
 * `unauthorized`; `offline` at once when the signal aborts. What it throws never names the credentials.
 */
export async function connectCluster(address: ClusterAddress, signal?: AbortSignal): Promise<NatsConnection> {
  const options = { ...parse(address.servers), ...(await authenticator(address.creds)) }
  const dialling = dial(options)
  return signal ? unlessStopped(dialling, signal) : dialling
}

/** The node is on its way out. */
export function stopping(): ParleyError {
  return new ParleyError('offline', 'The node is stopping.')
}

/** A connection that comes later is closed. */
function unlessStopped(dialling: Promise<NatsConnection>, signal: AbortSignal): Promise<NatsConnection> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      reject(stopping())
      void dialling.then((late) => late.close()).catch(() => {})
    }
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    dialling.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

async function dial(options: NodeConnectionOptions): Promise<NatsConnection> {
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
