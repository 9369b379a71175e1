/**
 * A test fixture: serves the built window under the product's own policy and answers its calls with demo data.
 *
 *   const server = await startFakeServer({ scenario: 'demo' })
 *   await page.goto(server.url)
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type WebSocket, WebSocketServer } from 'ws'
import { type Handlers, type NetworkStatus, serve, type ServedChannel } from '../../../src-main/contract/index.ts'
import { pageHeaders, readAsset } from '../../../src-main/hosts/runtime/index.ts'
import { fakeHandlers } from './fake-handlers.ts'
import type { Emit, Scenario } from './fake-types.ts'

const root = fileURLToPath(new URL('../../../out/renderer', import.meta.url))

export interface FakeServer {
  url: string
  /** Sends an event to every window. */
  emit: Emit
  /** Sends a state of the network to every window, and answers with it from then on. */
  setNetwork(status: NetworkStatus): void
  /** Breaks every window's connection and refuses new ones until `resume`. */
  interrupt(): void
  resume(): void
  /** Nothing is answered from now on, until the returned function is called. */
  hold(): () => void
  /** Answers like a host that was started again: it does not know the windows' cookies. */
  forget(): void
  stop(): Promise<void>
}

export async function startFakeServer({
  scenario = 'demo' as Scenario,
  messages = 10_000,
  port = 0,
} = {}): Promise<FakeServer> {
  const served = new Map<WebSocket, ServedChannel>()
  let open = true
  let known = true
  let held: (() => void)[] | undefined
  const send = (task: () => void) => void (held ? held.push(task) : task())
  const emit: Emit = (name, payload) => served.forEach((channel) => channel.emit(name, payload))
  let status: NetworkStatus | undefined
  const fake = fakeHandlers(scenario, messages, emit)
  const handlers: Handlers = {
    ...fake,
    'network.status': (...call) => (status ? Promise.resolve(status) : fake['network.status'](...call)),
  }
  const server = servePage(() => known)
  const sockets = new WebSocketServer({ server, path: '/rpc', verifyClient: () => open })
  sockets.on('connection', (socket) => {
    served.set(socket, answer(socket, handlers, send))
    socket.on('close', () => served.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const breakAll = () => sockets.clients.forEach((socket) => socket.terminate())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    emit,
    setNetwork: (next) => {
      status = next
      emit('network', next)
    },
    interrupt: () => {
      open = false
      breakAll()
    },
    resume: () => (open = true),
    hold: () => {
      held ??= []
      return () => {
        const answers = held ?? []
        held = undefined
        for (const task of answers) task()
      }
    },
    forget: () => {
      open = false
      known = false
      breakAll()
    },
    stop: async () => {
      breakAll()
      sockets.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function servePage(isKnown: () => boolean): Server {
  return createServer(async (request, response) => {
    if (!isKnown()) return response.writeHead(401).end()
    const asset = await readAsset(root, new URL(request.url ?? '/', 'http://localhost').pathname)
    response.writeHead(asset ? 200 : 404, { ...pageHeaders, 'content-type': asset?.type ?? 'text/plain' })
    response.end(asset?.body ?? 'not found')
  })
}

function answer(socket: WebSocket, handlers: Handlers, send: (task: () => void) => void): ServedChannel {
  return serve(
    {
      post: (bytes) => send(() => socket.send(bytes)),
      receive: (receiver) => socket.on('message', (data: Buffer) => receiver(new Uint8Array(data))),
    },
    handlers,
  )
}
