import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { notSupported } from './rpc/index.ts'

/** A subscription names a filter; that is short. */
const MAX_MESSAGE_BYTES = 64 * 1024
/** Nobody needs more of what only refuses. */
const MAX_SOCKETS = 64

/**
 * Tells whoever wants to subscribe that this cannot be done. The SDK waits for ever on a connection that is refused, and
 * connects again and again when one closes; so it gets a WebSocket on which every call is answered -32601.
 */
export class Subscriptions {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })

  /** Takes over a connection whose headers were checked. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#server.clients.size >= MAX_SOCKETS) return refuseUpgrade(socket, '503 Service Unavailable')
    this.#server.handleUpgrade(request, socket, head, (opened) => {
      // A broken frame ends its own connection and nothing else.
      opened.on('error', () => opened.terminate())
      opened.on('message', (data) => answer(opened, String(data)))
    })
  }

  stop(): void {
    for (const client of this.#server.clients) client.terminate()
    this.#server.close()
  }
}

/** Ends a connection that wanted to become a WebSocket. `status` is code and words. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function answer(socket: WebSocket, text: string): void {
  const call = read(text)
  if (!call) return socket.terminate()
  const { code, message } = notSupported(`${call.method.slice(0, 64)} over a WebSocket`)
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: call.id, error: { code, message } }))
}

function read(text: string): { id: unknown; method: string } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('id' in value) || !('method' in value)) return undefined
    return typeof value.method === 'string' ? { id: value.id, method: value.method } : undefined
  } catch {
    return undefined
  }
}
