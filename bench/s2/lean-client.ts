import { connect, type TLSSocket } from 'node:tls'
import { fromHex, systemRandom } from '../../src-main/base/index.ts'
import type { OverlayIdentity } from '../../src-main/overlay/index.ts'
import { LINK_VERSION } from '../../src-main/overlay/link/dial.ts'
import { exporterOf } from '../../src-main/overlay/link/tls.ts'
import { transcriptDigest } from '../../src-main/overlay/link/transcript.ts'
import {
  BUNDLE_START,
  bundledEnd,
  bundledStart,
  BundleWriter,
  decodeFrame,
  encodeFrame,
  isBundle,
  type LinkFrame,
  MAX_BUNDLED_BYTES,
} from '../../src-main/wire/index.ts'

export const CHAIN = '0badcafe'
const UPGRADED = Buffer.from('\r\n\r\n')
const BINARY = 0x82
const CLOSE = 0x88
const MASKED = 0x80
const OPEN_MS = 20_000

/**
 * A WebSocket client over TLS that costs next to nothing, so that a figure is the server's and not the client's: frames are
 * masked with zeros, and all of one turn of the event loop leave in one write.
 */
export class LeanClient {
  onMessage: (bytes: Buffer) => void = () => {}
  onClose: () => void = () => {}
  readonly socket: TLSSocket
  /** Sends what it sends in one turn as one message, as the product does; a bare relay does not know bundles. */
  bundles = false
  #rest: Buffer = Buffer.alloc(0)
  #out: Buffer[] = []
  #writer: BundleWriter | undefined

  private constructor(socket: TLSSocket) {
    this.socket = socket
  }

  /** Rejects where the server refuses. `localAddress` is one of 127.0.0.0/8. */
  static open(port: number, localAddress: string): Promise<LeanClient> {
    return new Promise((resolve, reject) => {
      const options = {
        port,
        host: '127.0.0.1',
        localAddress,
        rejectUnauthorized: false,
        minVersion: 'TLSv1.3',
      } as const
      const socket = connect(options)
      const client = new LeanClient(socket)
      const timer = setTimeout(() => socket.destroy(new Error('too slow')), OPEN_MS)
      socket.setNoDelay(true)
      socket.once('secureConnect', () => socket.write(upgradeRequest(port)))
      socket.on('error', reject)
      socket.on('close', () => {
        clearTimeout(timer)
        reject(new Error('closed'))
        client.onClose()
      })
      const head = (chunk: Buffer) => {
        const end = chunk.indexOf(UPGRADED)
        if (end < 0 || !chunk.toString('latin1', 0, 12).endsWith('101')) return socket.destroy(new Error('refused'))
        clearTimeout(timer)
        socket.off('data', head)
        socket.on('data', (data: Buffer) => client.#read(data))
        resolve(client)
        if (chunk.length > end + 4) setImmediate(() => client.#read(chunk.subarray(end + 4)))
      }
      socket.on('data', head)
    })
  }

  send(payload: Uint8Array): void {
    if (this.#out.length === 0 && !this.#writer?.length) process.nextTick(() => this.#flush())
    if (!this.bundles || payload.length > MAX_BUNDLED_BYTES) return this.#push(payload)
    const writer = (this.#writer ??= new BundleWriter())
    let at = writer.place(payload.length)
    if (at === undefined) {
      this.#push(writer.take())
      at = writer.place(payload.length) as number
    }
    writer.bytes.set(payload, at)
  }

  #push(message: Uint8Array): void {
    if (this.#writer?.length) {
      const bundled = this.#writer.take()
      this.#out.push(headerOf(bundled.length), bundled)
    }
    this.#out.push(headerOf(message.length), message as Buffer)
  }

  close(): void {
    this.socket.destroy()
  }

  #flush(): void {
    if (this.#writer?.length) {
      const bundled = this.#writer.take()
      this.#out.push(headerOf(bundled.length), bundled)
    }
    const out = this.#out
    this.#out = []
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(out))
  }

  #read(chunk: Buffer): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    for (;;) {
      const short = (data[1] ?? 0) & 0x7f
      const head = short === 126 ? 4 : short === 127 ? 10 : 2
      if (data.length < head) break
      const length = short === 126 ? data.readUInt16BE(2) : short === 127 ? data.readUInt32BE(6) : short
      if (data.length < head + length) break
      if (data[0] === BINARY) this.#take(data.subarray(head, head + length))
      else if (data[0] === CLOSE) this.socket.destroy()
      data = data.subarray(head + length)
    }
    this.#rest = data
  }

  #take(message: Buffer): void {
    if (!this.bundles || !isBundle(message)) return this.onMessage(message)
    for (let at = BUNDLE_START; at < message.length;) {
      const end = bundledEnd(message, at)
      if (end === undefined) throw new Error('a bundle cannot be read')
      this.onMessage(message.subarray(bundledStart(at), end))
      at = end
    }
  }
}

/** Links as a device: the whole handshake. */
export async function openLink(port: number, localAddress: string, identity: OverlayIdentity): Promise<LeanClient> {
  const client = await LeanClient.open(port, localAddress)
  client.bundles = true
  const clientNonce = systemRandom.bytes(32)
  const hello = encodeFrame('hello', 1, { version: LINK_VERSION, chain: CHAIN, nonce: clientNonce })
  const challenge = await ask(client, hello)
  if (challenge.name !== 'challenge') throw new Error(`the node answered with ${challenge.name}`)
  const { nodeKey, nonce } = challenge.body
  const transcript = { chain: CHAIN, clientNonce, nodeNonce: nonce, exporter: exporterOf(client.socket), nodeKey }
  const signature = identity.deviceKey.sign(transcriptDigest('client', transcript))
  const welcome = await ask(client, encodeFrame('auth', 2, { certificate: identity.certificate.signed, signature }))
  if (welcome.name !== 'welcome') throw new Error(`the node answered with ${welcome.name}`)
  fromHex(nodeKey)
  return client
}

/** Sends a frame and answers the next one that comes. */
export function ask(client: LeanClient, frame: Uint8Array): Promise<LinkFrame> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => client.close(), OPEN_MS)
    client.onMessage = (bytes) => {
      clearTimeout(timer)
      resolve(decodeFrame(bytes))
    }
    client.onClose = () => reject(new Error('closed'))
    client.send(frame)
  })
}

function headerOf(length: number): Buffer {
  const extended = length > 0xffff ? 8 : length > 125 ? 2 : 0
  const header = Buffer.alloc(2 + extended + 4)
  header[0] = BINARY
  header[1] = MASKED | (extended === 8 ? 127 : extended === 2 ? 126 : length)
  if (extended === 2) header.writeUInt16BE(length, 2)
  if (extended === 8) header.writeBigUInt64BE(BigInt(length), 2)
  return header
}

function upgradeRequest(port: number): string {
  const fields = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13']
  const key = Buffer.from(systemRandom.bytes(16)).toString('base64')
  return ['GET / HTTP/1.1', `Host: 127.0.0.1:${port}`, ...fields, `Sec-WebSocket-Key: ${key}`, '', ''].join('\r\n')
}
