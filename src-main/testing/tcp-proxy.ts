import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP connection that a test can cut off without a word: what is sent meanwhile arrives nowhere. */
export interface TcpProxy {
  readonly port: number
  /** Where it leads, on 127.0.0.1. */
  target: number
  /** Nothing passes in either direction, and nobody is told. */
  silence(): void
  /** Connections pass again; those from before are broken. */
  heal(): void
  close(): Promise<void>
}

export async function createTcpProxy(): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let target = 0
  let silent = false
  const server = createServer((from) => {
    const to = silent ? undefined : connect(target, '127.0.0.1')
    for (const socket of to ? [from, to] : [from]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        if (!silent) for (const other of [from, to]) other?.destroy()
      })
    }
    if (!to) return
    from.pipe(to)
    to.pipe(from)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const breakAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    get target() {
      return target
    },
    set target(port) {
      target = port
    },
    silence: () => {
      silent = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    heal: () => {
      breakAll()
      silent = false
    },
    close: async () => {
      breakAll()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
