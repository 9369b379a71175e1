import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import type { NativeServer } from './ipc.ts'

const LOOPBACK = '127.0.0.1'

/**
 * The way from a native connection that is bound to loopback to one TURN server, and to nothing else. The native library checks
 * every candidate of the other side from its own socket, even where it may tell relays only: on loopback such a check, which
 * would tell our address to whoever gave the candidate, cannot leave this machine.
 */
export class Tunnel {
  readonly #inner: Socket
  readonly #outer: Socket
  #native: number | undefined

  private constructor(inner: Socket, outer: Socket) {
    this.#inner = inner
    this.#outer = outer
    // Of the native connection, which speaks first; another process of this machine is not heard.
    inner.on('message', (packet, { address, port }) => {
      if (address !== LOOPBACK) return
      this.#native ??= port
      if (port === this.#native) outer.send(packet, ignored)
    })
    outer.on('message', (packet) => {
      if (this.#native !== undefined) inner.send(packet, this.#native, LOOPBACK, ignored)
    })
    // As with any UDP: what does not arrive is sent again, or the connection times out.
    inner.on('error', ignored)
    outer.on('error', ignored)
  }

  /** Rejects where the server's name cannot be resolved. */
  static async open({ hostname, port }: NativeServer): Promise<Tunnel> {
    const { address, family } = await lookup(hostname)
    const inner = createSocket('udp4')
    const outer = createSocket(family === 6 ? 'udp6' : 'udp4')
    try {
      await ready(inner, (done) => inner.bind(0, LOOPBACK, done))
      await ready(outer, (done) => outer.connect(port, address, done))
      return new Tunnel(inner, outer)
    } catch (error) {
      inner.close()
      outer.close()
      throw error
    }
  }

  /** Where the native connection finds the server. */
  get end(): { hostname: string; port: number } {
    return { hostname: LOOPBACK, port: this.#inner.address().port }
  }

  close(): void {
    this.#inner.close()
    this.#outer.close()
  }
}

function ignored(): void {}

function ready(socket: Socket, begin: (done: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    begin(() => {
      socket.off('error', reject)
      resolve()
    })
  })
}
