import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { S2Status } from '../../overlay/index.ts'
import { NodeMetrics } from './metrics.ts'
import { NO_REGISTRY } from './registration-note.ts'

/** A scrape takes milliseconds; what takes longer is no scraper. */
const REQUEST_MS = 5_000
const MOST_CONNECTIONS = 32
const JSON_TYPE = { 'Content-Type': 'application/json' }

export interface OperatorServer {
  /** `http://host:port` */
  url: string
  stop(): Promise<void>
}

/**
 * What an operator's own tools read: `/metrics` for Prometheus; `/live`, which answers 200 while the process does; and `/health`, which
 * answers 200 while the node serves, also without its ledger, and 503 while it refuses what comes: it has not met its ledger yet, its disk is full, its
 * NATS cluster takes nothing, or it sends its clients away. All are read-only and
 * without names; the operator chooses who reaches the port.
 */
export async function startOperatorServer(
  listen: { host: string; port: number },
  status: () => S2Status,
  log: Log,
): Promise<OperatorServer> {
  const metrics = new NodeMetrics(status)
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    if (request.method !== 'GET') return void response.writeHead(405, { Allow: 'GET' }).end()
    const path = request.url?.split('?')[0]
    if (path === '/health') return health(response, status, log)
    if (path === '/live') return void response.writeHead(200, JSON_TYPE).end('{"state":"live"}')
    if (path !== '/metrics') return void response.writeHead(404).end()
    metrics.text().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.maxConnections = MOST_CONNECTIONS
  // Also those that come later, as when no file is left for another connection: the node goes on.
  server.on('error', (err) => log.warn({ err }, 'the server of metrics and health reports an error'))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new ParleyError('conflict', `The metrics cannot listen on ${listen.host}:${listen.port}.`, { cause })),
    )
    server.listen(listen.port, listen.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host
  return {
    url: `http://${host}:${port}`,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function health(response: ServerResponse, status: () => S2Status, log: Log): void {
  try {
    answerHealth(response, status())
  } catch (err) {
    log.warn({ err }, 'the node cannot tell how it is')
    response.writeHead(500).end()
  }
}

function answerHealth(response: ServerResponse, now: S2Status): void {
  const { chain, ledger, startedAt, links, map, registry, cluster } = now
  const state = stateOf(now)
  const body = {
    state,
    chain,
    ledger,
    startedAt,
    links,
    nodes: map.nodes,
    ...(registry?.registration && { registration: registry.registration.state }),
    ...(registry?.registration?.state === 'no_registry' && { registrationNote: NO_REGISTRY }),
    ...(cluster && { cluster }),
  }
  response.writeHead(state === 'ready' ? 200 : 503, JSON_TYPE)
  response.end(JSON.stringify(body))
}

/** What keeps it from serving, the worst first. */
function stateOf({ draining, cluster, chain, disk }: S2Status): string {
  if (draining) return 'draining'
  if (disk === 'full') return 'storage_full'
  if (cluster?.state === 'away') return 'cluster_away'
  // Once the chain is known a node serves without its ledger: were this 503, all nodes of a ledger would be emptied at once.
  return chain === undefined ? 'ledger_unreachable' : 'ready'
}
