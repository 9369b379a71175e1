import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { systemClock, systemRandom } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { pageHeaders } from '../runtime/index.ts'
import { Access } from './access.ts'
import { Api, sendJson } from './api.ts'
import { EventStream } from './event-stream.ts'
import { errorJson } from './json.ts'
import { MAX_CONNECTIONS, REQUEST_TIMEOUT_MS } from './limits.ts'
import { parseListen } from './listen.ts'
import { sendText, servePage } from './pages.ts'
import type { HeadlessHost, HeadlessHostOptions, HeadlessHostStarted } from './types.ts'
import { Windows } from './windows.ts'

/** Serves the window and the bot interface on loopback. Nothing listens before `start`. */
export function createHeadlessHost(options: HeadlessHostOptions): HeadlessHost {
  const { app, rendererDir, log } = options
  const clock = options.clock ?? systemClock
  const access = new Access(clock, options.random ?? systemRandom)
  const api = new Api(app, log)
  const events = new EventStream(app, clock)
  const windows = new Windows(app, access, clock, log)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS })
  server.maxConnections = MAX_CONNECTIONS
  server.on('upgrade', (request, socket, head) => windows.upgrade(request, socket, head))
  server.on('request', (request, response) => {
    route(request, response).catch((error: unknown) => {
      log.error({ error: String(error) }, 'a request failed')
      if (response.headersSent) response.destroy()
      else sendText(response, 500, 'Something went wrong inside Parley.\n')
    })
  })

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value)
    if (!access.hostIsOurs(request)) return sendText(response, 421, 'This is not the host that you asked for.\n')
    if (!access.originIsOurs(request)) return sendText(response, 403, 'Another page may not ask this.\n')
    const url = URL.parse(request.url ?? '/', access.origin)
    if (!url) return sendText(response, 400, 'This is not a URL.\n')
    if (!isApi(url.pathname)) return await servePage(access, rendererDir, url, request, response)
    if (!access.hasBearer(request)) {
      return sendJson(response, 401, errorJson(new ParleyError('unauthorized', 'The token is missing or wrong.')))
    }
    if (url.pathname === '/events' && request.method === 'GET') return events.add(response)
    if (url.pathname === '/window' && request.method === 'POST') {
      return sendJson(response, 200, JSON.stringify({ ok: true, result: { url: access.createUrl() } }))
    }
    await api.handle(url.pathname.slice('/call/'.length), request, response)
  }

  return {
    start: async (): Promise<HeadlessHostStarted> => {
      const { host, port } = parseListen(options.listen)
      access.setAuthority(await listen(server, host, port))
      events.start()
      windows.start()
      return { url: access.createUrl(), api: access.origin, token: access.token }
    },
    createUrl: () => access.createUrl(),
    stop: async () => {
      events.stop()
      windows.stop()
      await close(server)
    },
  }
}

function isApi(path: string): boolean {
  return path === '/events' || path === '/window' || path.startsWith('/call/')
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `Nothing can listen at ${host}:${port}.`
      reject(new ParleyError('conflict', message, { cause: error }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address ? address.port : port
      resolve(host.includes(':') ? `[${host}]:${bound}` : `${host}:${bound}`)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (!server.listening) return resolve()
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
