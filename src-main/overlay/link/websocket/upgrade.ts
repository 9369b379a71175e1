import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** RFC 6455 section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/
const VERSION = '13'

/** Answers the opening handshake of a WebSocket (RFC 6455 section 4.2), or refuses it, ends the stream and answers false. */
export function acceptUpgrade(request: IncomingMessage, stream: Duplex): boolean {
  const { upgrade, 'sec-websocket-key': key, 'sec-websocket-version': version } = request.headers
  if (request.method !== 'GET' || upgrade?.toLowerCase() !== 'websocket' || key === undefined || !KEY.test(key)) {
    refuse(stream, '400 Bad Request')
    return false
  }
  if (version !== VERSION) {
    refuse(stream, '426 Upgrade Required', `Sec-WebSocket-Version: ${VERSION}`)
    return false
  }
  const proof = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  const fields = ['Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${proof}`]
  stream.write(['HTTP/1.1 101 Switching Protocols', ...fields, '', ''].join('\r\n'))
  return true
}

function refuse(stream: Duplex, status: string, ...fields: string[]): void {
  stream.on('error', () => {})
  stream.once('finish', () => stream.destroy())
  stream.end([`HTTP/1.1 ${status}`, 'Connection: close', 'Content-Length: 0', ...fields, '', ''].join('\r\n'))
}
