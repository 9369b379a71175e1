import type { TLSSocket } from 'node:tls'
import type { LanOffer } from './frames.ts'
import type { Command, ConnectionReport } from './ipc.ts'
import { type Attempt, dialOnLan, listenOnLan } from './lan.ts'
import { LanSocket } from './lan-socket.ts'

type LanCommand = Extract<Command, { type: 'lanListen' | 'lanDial' }>

/** TLS connections beside native ones, by the number of the native connection. Only for the peer process. */
export class LanLinks {
  readonly #report: (report: ConnectionReport) => void
  readonly #attempts = new Map<number, Attempt>()
  readonly #sockets = new Map<number, LanSocket>()

  constructor(report: (report: ConnectionReport) => void) {
    this.#report = report
  }

  begin(command: LanCommand): void {
    const { connection, address } = command
    if (this.#sockets.has(connection)) return
    this.#attempts.get(connection)?.close()
    const parts = {
      address,
      offer: ({ port, fingerprint, token }: LanOffer) =>
        this.#report({
          ...{ type: 'lanListening', connection, port },
          ...{ fingerprint: Uint8Array.from(fingerprint), token: Uint8Array.from(token) },
        }),
      open: (socket: TLSSocket) => this.#opened(connection, socket),
      failed: () => this.#closed(connection),
    }
    try {
      const attempt = command.type === 'lanListen' ? listenOnLan(parts) : dialOnLan(address, command.offer, parts)
      this.#attempts.set(connection, attempt)
    } catch {
      // An address that cannot be dialled: the data channel does without.
      this.#closed(connection)
    }
  }

  send(connection: number, frame: Uint8Array): void {
    this.#sockets.get(connection)?.send(frame)
  }

  taken(connection: number, bytes: number): void {
    this.#sockets.get(connection)?.taken(bytes)
  }

  close(connection: number): void {
    this.#attempts.get(connection)?.close()
    this.#attempts.delete(connection)
    const socket = this.#sockets.get(connection)
    this.#sockets.delete(connection)
    socket?.close()
  }

  closeAll(): void {
    for (const connection of [...this.#attempts.keys(), ...this.#sockets.keys()]) this.close(connection)
  }

  #opened(connection: number, socket: TLSSocket): void {
    if (!this.#attempts.delete(connection)) return void socket.destroy()
    const deliver = (bytes: Uint8Array<ArrayBuffer>) =>
      this.#report({ type: 'message', connection, channel: 'lan', bytes })
    // Before the first byte can come.
    this.#report({ type: 'lanOpen', connection })
    const link: LanSocket = new LanSocket(socket, deliver, () => {
      if (this.#sockets.get(connection) === link) this.#closed(connection)
    })
    this.#sockets.set(connection, link)
  }

  #closed(connection: number): void {
    this.#attempts.delete(connection)
    this.#sockets.delete(connection)
    this.#report({ type: 'lanClosed', connection })
  }
}
