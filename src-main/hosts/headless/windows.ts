import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { App } from '../../app/index.ts'
import type { Clock, Log } from '../../base/index.ts'
import { MAX_MESSAGE_BYTES, ParleyError, serve } from '../../contract/index.ts'
import type { Access } from './access.ts'
import { HEARTBEAT_MS, MAX_BUFFERED_BYTES, MAX_WINDOWS } from './limits.ts'

/** RFC 6455, section 7.4.1. */
const UNSUPPORTED_DATA = 1003
const GOING_AWAY = 1001

/** The windows in browsers: each a WebSocket at `/rpc` that speaks the contract. */
export class Windows {
  readonly #app: App
  readonly #access: Access
  readonly #clock: Clock
  readonly #log: Log
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, clientTracking: true })
  readonly #alive = new WeakSet<WebSocket>()
  #stopHeartbeat = () => {}

  constructor(app: App, access: Access, clock: Clock, log: Log) {
    this.#app = app
    this.#access = access
    this.#clock = clock
    this.#log = log
  }

  start(): void {
    this.#stopHeartbeat = this.#clock.after(HEARTBEAT_MS, () => {
      for (const socket of this.#server.clients) this.#check(socket)
      this.start()
    })
  }

  stop(): void {
    this.#stopHeartbeat()
    for (const socket of this.#server.clients) {
      socket.close(GOING_AWAY)
      socket.terminate()
    }
    this.#server.close()
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const allowed =
      request.url === '/rpc' &&
      this.#access.hostIsOurs(request) &&
      request.headers.origin === this.#access.origin &&
      this.#access.hasSession(request)
    if (!allowed) return refuse(socket, '403 Forbidden')
    if (this.#server.clients.size >= MAX_WINDOWS) return refuse(socket, '429 Too Many Requests')
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#serve(webSocket))
  }

  #serve(socket: WebSocket): void {
    this.#alive.add(socket)
    socket.on('pong', () => this.#alive.add(socket))
    socket.on('error', (error) => this.#log.debug({ error: error.message }, 'a window was cut off'))
    const served = serve(
      {
        post: (bytes) => this.#post(socket, bytes),
        receive: (receiver) =>
          socket.on('message', (data, isBinary) => {
            if (!isBinary || !Buffer.isBuffer(data)) return socket.close(UNSUPPORTED_DATA)
            receiver(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
          }),
      },
      this.#app.handlers,
      (error) => {
        this.#log.warn({ code: error.code }, 'a window sent what no window sends')
        socket.close(UNSUPPORTED_DATA)
      },
    )
    const unsubscribe = this.#app.subscribe((name, payload) => served.emit(name, payload))
    socket.on('close', () => {
      unsubscribe()
      served.close()
    })
  }

  #post(socket: WebSocket, bytes: Uint8Array): void {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES) {
      socket.terminate()
      throw new ParleyError('too_large', 'The window does not keep up.')
    }
    socket.send(bytes)
  }

  #check(socket: WebSocket): void {
    if (!this.#alive.delete(socket)) return socket.terminate()
    socket.ping()
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
