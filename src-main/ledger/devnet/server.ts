import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { deadline, type Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { FaucetHttp } from './faucet/index.ts'
import type { LocalNode } from './node.ts'
import type { PageAnswer, Pages } from './pages/index.ts'
import { dispatch } from './rpc/index.ts'
import { refuseUpgrade, Subscriptions } from './subscriptions.ts'

/** A transaction of 128 KiB is 175 KB in base64; signatures and fields fit beside it. */
const MAX_BODY_BYTES = 256 * 1024
const REQUEST_TIMEOUT_MS = 10_000
/** Node looks for requests that are too slow only so often. */
const CHECK_INTERVAL_MS = 2_000
const LIMITS = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  headersTimeout: REQUEST_TIMEOUT_MS,
  connectionsCheckingInterval: CHECK_INTERVAL_MS,
}
const MAX_CONNECTIONS = 1000
const STOP_TIMEOUT_MS = 5_000
/** The faucet's form on the page for people. */
const FORM_PATH = '/faucet'
const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'

export interface ServerParts {
  node: LocalNode
  faucet: FaucetHttp
  pages: Pages
  log: Log
}

/** A fault of the request that has an HTTP status of its own. */
class HttpFault extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** JSON-RPC, faucet and pages on one port. */
export class LedgerServer {
  readonly #parts: ServerParts
  readonly #server: Server
  readonly #running = new Set<Promise<void>>()
  readonly #subscriptions = new Subscriptions()

  constructor(parts: ServerParts) {
    this.#parts = parts
    this.#server = createServer(LIMITS, (request, response) => {
      const work = this.#handle(request, response).finally(() => this.#running.delete(work))
      this.#running.add(work)
    })
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  /** Answers `http://host:port`. Throws `conflict` when the port cannot be had. */
  async start(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        reject(new ParleyError('conflict', `The local ledger cannot listen at ${host}, port ${port}.`, { cause }))
      })
      this.#server.listen(port, host, resolve)
    })
    this.#server.on('error', (error) => this.#parts.log.error({ err: error }, 'the server of the local ledger failed'))
    const { port: actual } = this.#server.address() as AddressInfo
    return `http://${isIP(host) === 6 ? `[${host}]` : host}:${actual}`
  }

  /** Takes no more requests, lets running ones end, and closes every connection. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeIdleConnections()
    this.#subscriptions.stop()
    try {
      await deadline(Promise.all(this.#running), STOP_TIMEOUT_MS, 'Requests did not end in time.')
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'stopping with requests under way')
    }
    this.#server.closeAllConnections()
    await closed
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    try {
      checkHeaders(request)
      this.#subscriptions.take(request, socket, head)
    } catch (error) {
      if (!(error instanceof HttpFault)) this.#parts.log.error({ err: error }, 'a WebSocket failed')
      refuseUpgrade(socket, '403 Forbidden')
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      checkHeaders(request)
      send(response, await this.#answer(request))
    } catch (error) {
      if (error instanceof HttpFault) return refuse(response, error)
      this.#parts.log.error({ err: error }, 'a request failed inside the local ledger')
      refuse(response, new HttpFault(500, 'Internal error'))
    }
  }

  async #answer(request: IncomingMessage): Promise<PageAnswer> {
    const { method = '', url = '' } = request
    const text = method === 'POST' ? await readBody(request) : ''
    if (url === '/' && method === 'POST') return json(200, await dispatch(this.#parts.node, text, this.#parts.log))
    const { pathname: path, searchParams: query } = targetOf(url)
    const tokens = await this.#parts.faucet.answer(method, path, text)
    if (tokens) return json(tokens.status, tokens.body)
    const page = await this.#parts.pages.answer({ method, path, query, form: new URLSearchParams(text) })
    if (page) return page
    throw path === '/' ? new HttpFault(405, 'Method not allowed') : new HttpFault(404, 'Not found')
  }
}

/**
 * A web page must not reach a ledger on the same machine: a name that an attacker's DNS points here (rebinding) is no
 * IP address, a foreign page sends its Origin, and a form cannot send JSON. The one form that is taken must come from
 * our own page, whose Origin every browser sends with it.
 */
function checkHeaders(request: IncomingMessage): void {
  const { headers, method, url = '' } = request
  const { host = '', origin } = headers
  if (!isOwnHost(host)) throw new HttpFault(403, 'This host name is not served')
  if (origin !== undefined && origin !== `http://${host}`) throw new HttpFault(403, 'Other origins are not served')
  if (method !== 'POST') return
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  const isForm = url === FORM_PATH
  if (type !== (isForm ? FORM_TYPE : JSON_TYPE)) throw new HttpFault(415, `Send ${isForm ? FORM_TYPE : JSON_TYPE}`)
  if (isForm && origin === undefined) throw new HttpFault(403, 'Send the form from its page')
}

/** The path and query of a request line; whatever host it names does not count. */
function targetOf(url: string): URL {
  const target = URL.parse(url.startsWith('/') ? `http://ledger.invalid${url}` : '')
  if (!target) throw new HttpFault(400, 'This is no path')
  return target
}

function isOwnHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || isIP(name) !== 0
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > MAX_BODY_BYTES) {
        request.pause()
        reject(new HttpFault(413, `A request has at most ${MAX_BODY_BYTES} bytes`))
      } else chunks.push(chunk)
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.on('error', () => reject(new HttpFault(400, 'The request ended early')))
    request.on('close', () => {
      if (!request.complete) reject(new HttpFault(400, 'The request ended early'))
    })
  })
}

function json(status: number, body: object): PageAnswer {
  return { status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(body) }
}

function send(response: ServerResponse, { status, headers, body }: PageAnswer): void {
  response.writeHead(status, { ...headers, 'x-content-type-options': 'nosniff' })
  response.end(body)
}

/** The rest of a refused request is not read: the connection ends with the answer. */
function refuse(response: ServerResponse, { status, message }: HttpFault): void {
  response.setHeader('connection', 'close')
  send(response, json(status, { error: message }))
}
