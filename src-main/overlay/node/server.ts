import { createServer, type Server } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { WebSocketServer, type WebSocket } from 'ws'
import type { Clock, Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { MAX_FRAME_BYTES } from '../../wire/index.ts'
import { HANDSHAKE_MS } from '../constants.ts'
import { Admittance, type TurnedAway } from '../limits/admittance.ts'
import type { NodeLimits } from '../limits/limits.ts'
import type { TlsCredentials } from '../link/tls.ts'

/** The kernel asks a silent peer so often whether it is there: a machine that vanished without a word gives its place back. */
const KEEP_ALIVE_MS = 60_000
/** Devices ping three times a minute: whoever said nothing from one look to the next is half-open, whatever its kernel answers. */
export const SILENT_MS = 600_000

/** WebSockets over TLS with accept limits; nothing of Parley's own protocol. */
export class NodeServer {
  readonly #server: Server
  readonly #sockets: WebSocketServer
  /** Open sockets, with the bytes that had come at the last look. */
  readonly #raw = new Map<Socket, number>()
  /** Connections that are no WebSocket yet, with their timers. */
  readonly #silent = new Map<string, () => void>()
  readonly #clock: Clock
  #cancelLook = () => {}
  #draining = false

  constructor(options: {
    tls: TlsCredentials
    limits: NodeLimits
    clock: Clock
    log: Log
    onTurnedAway: (why: TurnedAway) => void
    onSocket: (socket: WebSocket, tls: TLSSocket) => void
  }) {
    const { limits, clock, log } = options
    this.#clock = clock
    this.#server = createServer({
      ...options.tls,
      minVersion: 'TLSv1.3',
      // A list would be copied for every connection, each of which then holds 64 KiB of memory that it shares with short-lived others.
      ALPNCallback: ({ protocols }) => protocols.find((each) => each === 'http/1.1'),
      handshakeTimeout: HANDSHAKE_MS,
      headersTimeout: HANDSHAKE_MS,
      requestTimeout: HANDSHAKE_MS,
      keepAliveTimeout: HANDSHAKE_MS,
    })
    this.#sockets = new WebSocketServer({
      server: this.#server,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      clientTracking: false,
    })
    const admittance = new Admittance(clock, limits)
    this.#server.on('connection', (socket: Socket) => {
      const host = socket.remoteAddress ?? ''
      const turnedAway = this.#draining ? 'full' : admittance.enter(host)
      if (turnedAway) {
        options.onTurnedAway(turnedAway)
        return socket.destroy()
      }
      this.#raw.set(socket, -1)
      socket.setNoDelay(true)
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
      const name = nameOf(socket)
      this.#silent.set(
        name,
        clock.after(HANDSHAKE_MS, () => socket.destroy()),
      )
      socket.on('close', () => {
        this.#raw.delete(socket)
        admittance.leave(host)
        this.#spoke(name)
      })
    })
    this.#server.on('request', (_request, response) => response.writeHead(426, { Connection: 'close' }).end())
    this.#server.on('tlsClientError', (error) => log.debug({ err: error }, 'a TLS handshake failed'))
    this.#sockets.on('error', (error) => {
      // Before that `listen` throws it.
      if (this.#server.listening) log.warn({ err: error }, 'the server reports an error')
    })
    this.#sockets.on('connection', (socket, request) => {
      this.#spoke(nameOf(request.socket))
      options.onSocket(socket, request.socket as TLSSocket)
    })
  }

  /** Answers the port; throws `conflict` where it is taken. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const failed = (cause: Error) =>
        reject(new ParleyError('conflict', `The node cannot listen on ${host}:${port}.`, { cause }))
      this.#server.once('error', failed)
      this.#server.listen(port, host, () => {
        this.#server.off('error', failed)
        this.#lookLater()
        resolve((this.#server.address() as AddressInfo).port)
      })
    })
  }

  /** Lets nobody in any more; whoever is here stays. */
  drain(): void {
    this.#draining = true
  }

  async close(): Promise<void> {
    this.#cancelLook()
    this.#sockets.close()
    for (const socket of this.#raw.keys()) socket.destroy()
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #lookLater(): void {
    this.#cancelLook = this.#clock.after(SILENT_MS, () => {
      for (const [socket, before] of this.#raw) {
        if (socket.bytesRead === before) socket.destroy()
        else this.#raw.set(socket, socket.bytesRead)
      }
      this.#lookLater()
    })
  }

  #spoke(name: string): void {
    this.#silent.get(name)?.()
    this.#silent.delete(name)
  }
}

/** The same for a TCP connection and the TLS on it. */
function nameOf(socket: Socket): string {
  return `${socket.remoteAddress}/${socket.remotePort}`
}
