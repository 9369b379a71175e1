import { NativeConnection } from './datachannel.ts'
import type { Command, ConnectionReport } from './ipc.ts'
import { LanLinks } from './lan-links.ts'
import { Tunnel } from './tunnel.ts'

type OpenCommand = Extract<Command, { type: 'open' }>
type ConnectionCommand = Exclude<Command, { type: 'open' | 'stop' }>

/** A TURN server is told that its relay is free again: after this the way there may close. */
const FAREWELL_MS = 1_000
/** Commands for a connection that is not there yet: a description, its candidates, and no more. */
const MAX_WAITING = 256

/** The native connections of the peer process by number. One that may use relays only waits for its tunnels first. */
export class Connections {
  readonly #report: (report: ConnectionReport) => void
  readonly #natives = new Map<number, NativeConnection>()
  readonly #opening = new Map<number, ConnectionCommand[]>()
  readonly #tunnels = new Map<number, Tunnel[]>()

  readonly #lan: LanLinks

  constructor(report: (report: ConnectionReport) => void) {
    this.#report = report
    this.#lan = new LanLinks(report)
  }

  open(command: OpenCommand): void {
    if (command.relayOnly) void this.#openTunnelled(command)
    else this.#begin(command)
  }

  /** The parent is our own program: its commands are trusted in form. */
  run(command: ConnectionCommand): void {
    const waiting = this.#opening.get(command.connection)
    if (waiting && command.type !== 'close') return void (waiting.length < MAX_WAITING && waiting.push(command))
    this.#opening.delete(command.connection)
    const native = this.#natives.get(command.connection)
    if (native === undefined) return
    if (command.type === 'send') return this.#send(native, command)
    if (command.type === 'taken') return this.#taken(native, command)
    if (command.type === 'lanListen' || command.type === 'lanDial') return this.#lan.begin(command)
    if (command.type === 'candidate') return native.addCandidate(command.candidate, command.mid)
    if (command.type === 'description') return native.describe(command.kind, command.sdp)
    native.close()
    this.#forget(command.connection)
  }

  #send(native: NativeConnection, { connection, channel, bytes }: Extract<Command, { type: 'send' }>): void {
    if (channel === 'lan') this.#lan.send(connection, bytes)
    else native.send(channel, bytes)
  }

  #taken(native: NativeConnection, { connection, lane, bytes }: Extract<Command, { type: 'taken' }>): void {
    if (lane === 'lan') this.#lan.taken(connection, bytes)
    else native.taken(bytes)
  }

  tellPairs(): void {
    for (const native of this.#natives.values()) native.tellPair()
  }

  close(): void {
    this.#lan.closeAll()
    for (const native of this.#natives.values()) native.close()
    this.#natives.clear()
    this.#opening.clear()
  }

  #begin(command: OpenCommand): void {
    const { connection } = command
    try {
      const native = new NativeConnection(command, (message) => {
        if (message.type === 'closed') this.#forget(connection)
        this.#report(message)
      })
      this.#natives.set(connection, native)
      native.start()
    } catch (error) {
      this.#natives.get(connection)?.close()
      this.#fail(connection, error instanceof Error ? error.message : 'native error')
    }
  }

  async #openTunnelled(command: OpenCommand): Promise<void> {
    const { connection, servers } = command
    this.#opening.set(connection, [])
    const opened = await Promise.allSettled(servers.map((server) => Tunnel.open(server)))
    const tunnels = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const waiting = this.#opening.get(connection)
    this.#opening.delete(connection)
    if (waiting) this.#tunnels.set(connection, tunnels)
    if (!waiting) return tunnels.forEach((tunnel) => tunnel.close())
    if (tunnels.length === 0) return this.#fail(connection, 'no TURN server was found')
    const through = opened.flatMap((each, index) => {
      const server = servers[index]
      return each.status === 'fulfilled' && server ? [{ ...server, ...each.value.end }] : []
    })
    this.#begin({ ...command, servers: through, bindAddress: '127.0.0.1' })
    for (const next of waiting) this.run(next)
  }

  #fail(connection: number, reason: string): void {
    this.#forget(connection)
    this.#report({ type: 'closed', connection, reason: reason.slice(0, 256) })
  }

  #forget(connection: number): void {
    this.#lan.close(connection)
    this.#natives.delete(connection)
    const tunnels = this.#tunnels.get(connection) ?? []
    this.#tunnels.delete(connection)
    if (tunnels.length > 0) setTimeout(() => tunnels.forEach((tunnel) => tunnel.close()), FAREWELL_MS).unref()
  }
}
