import { type Clock, Emitter, type Log, type Random } from '../base/index.ts'
import { decodeSignal, encodeSignal, type SignalBodyValue } from '../wire/index.ts'
import { Allowance } from './allowance.ts'
import { IDLE_MS, MAX_LINKS, MAX_PATHS, MAX_RECEIVING_BYTES, SWEEP_MS } from './constants.ts'
import { Link } from './link.ts'
import { permitted } from './outgoing.ts'
import { offline } from './path.ts'
import { reachOf } from './servers.ts'
import { Supervisor } from './supervisor.ts'
import type {
  ConnectOptions,
  PathKind,
  PeerEvents,
  PeerOptions,
  Peers,
  SendDataOptions,
  Signalling,
  SpawnPeerProcess,
} from './types.ts'

export interface PeersParts {
  /** Our own device id: hex of the device public key. */
  deviceId: string
  /** The address of a device that may connect, our own included; nothing is done with a device that it does not know. */
  addressOf(device: string): string | undefined
  signalling: Signalling
  /** Whether bulk data that a device offers under this label is wanted; without it none is. */
  wantsData?: (device: string, label: Uint8Array) => boolean
  spawn: SpawnPeerProcess
  options: PeerOptions
  clock: Clock
  random: Random
  log: Log
}

/** Builds the direct connections of one device; `start` launches the peer process and returns at once. */
export function createPeers(parts: PeersParts): Peers {
  return new DirectPeers(parts)
}

class DirectPeers implements Peers {
  readonly #parts: PeersParts
  readonly #events: Emitter<PeerEvents>
  readonly #supervisor: Supervisor
  readonly #links = new Map<string, Link>()
  readonly #byConnection = new Map<number, Link>()
  readonly #allowance = new Allowance(MAX_RECEIVING_BYTES)
  #options: PeerOptions
  #lastConnection = 0
  #started = false
  #stopListening = () => {}
  #cancelSweep = () => {}

  constructor(parts: PeersParts) {
    this.#parts = parts
    this.#options = parts.options
    this.#events = new Emitter((error) =>
      parts.log.error({ err: error }, 'a listener of the direct connections failed'),
    )
    this.#supervisor = new Supervisor({
      spawn: parts.spawn,
      clock: parts.clock,
      random: parts.random,
      log: parts.log,
      ready: () => this.#eachLink((link) => link.processReady()),
      down: () => this.#eachLink((link) => link.processDied()),
      report: (report) => this.#byConnection.get(report.connection)?.report(report),
    })
  }

  async start(): Promise<void> {
    if (this.#started) return
    this.#started = true
    this.#stopListening = this.#parts.signalling.on((device, bytes) => this.#receive(device, bytes))
    this.#sweepLater()
    this.#supervisor.start()
  }

  async stop(): Promise<void> {
    if (!this.#started) return
    this.#started = false
    this.#stopListening()
    this.#cancelSweep()
    this.#eachLink((link) => link.disconnect())
    await this.#supervisor.stop()
    this.#links.clear()
  }

  on<K extends keyof PeerEvents>(name: K, listener: (payload: PeerEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  connect(device: string, options?: ConnectOptions): void {
    if (this.#allowed()) this.#link(device)?.connect(options)
  }

  disconnect(device: string): void {
    this.#links.get(device)?.disconnect()
  }

  renew(device: string): void {
    this.#links.get(device)?.renew()
  }

  isConnecting(device: string): boolean {
    const link = this.#links.get(device)
    return link !== undefined && link.active && link.path === undefined
  }

  isWhole(device: string): boolean {
    const link = this.#links.get(device)
    return link !== undefined && link.dear && link.path !== undefined
  }

  isOpen(device: string): boolean {
    return this.#links.get(device)?.path !== undefined
  }

  rttMs(device: string): number | undefined {
    return this.#links.get(device)?.path?.rttMs
  }

  kind(device: string): PathKind | undefined {
    return this.#links.get(device)?.kind
  }

  hasLan(device: string): boolean {
    return this.#links.get(device)?.path?.hasLan ?? false
  }

  send(device: string, bytes: Uint8Array): Promise<void> {
    return this.#links.get(device)?.path?.send(bytes) ?? Promise.reject(offline())
  }

  sendData(
    device: string,
    bytes: Uint8Array,
    { label = new Uint8Array(), signal }: SendDataOptions = {},
  ): Promise<void> {
    return this.#links.get(device)?.path?.sendData(bytes, label, signal) ?? Promise.reject(offline())
  }

  /** New servers count from the next connection on. Once our address is not to be known, paths that may tell it are closed. */
  setOptions(options: PeerOptions): void {
    const hides = this.#options.direct && !options.direct
    this.#options = options
    if (hides) this.#eachLink((link) => link.disconnect())
  }

  checkPaths(): void {
    this.#eachLink((link) => link.check())
  }

  #allowed(): boolean {
    return this.#started && reachOf(this.#options) !== undefined
  }

  #eachLink(task: (link: Link) => void): void {
    for (const link of [...this.#links.values()]) task(link)
  }

  #receive(device: string, bytes: Uint8Array): void {
    if (!this.#allowed()) return
    try {
      const signal = decodeSignal(bytes)
      this.#link(device)?.receive(signal)
    } catch (error) {
      this.#parts.log.debug({ err: error }, 'a signal was refused')
    }
  }

  /** The link of a device, made where it is missing; undefined for ourselves, the unknown, and above the bound. */
  #link(device: string): Link | undefined {
    const known = this.#links.get(device)
    if (known !== undefined) return known
    const { addressOf, deviceId } = this.#parts
    const address = addressOf(device)
    const own = addressOf(deviceId)
    if (device === deviceId || address === undefined || own === undefined) return undefined
    if (this.#links.size >= MAX_LINKS && !this.#forgetOne()) return undefined
    const link = new Link(device, this.#partsOfLink(device, own === address ? deviceId < device : own < address))
    this.#links.set(device, link)
    return link
  }

  #partsOfLink(device: string, ours: boolean): ConstructorParameters<typeof Link>[1] {
    const { clock, random, log } = this.#parts
    return {
      clock,
      random,
      log,
      ours,
      options: () => this.#options,
      ready: () => this.#supervisor.ready,
      admit: () => this.#admit(),
      allot: (link) => {
        this.#byConnection.set(++this.#lastConnection, link)
        return this.#lastConnection
      },
      release: (connection) => void this.#byConnection.delete(connection),
      post: (command) => this.#supervisor.post(command),
      signal: (session, body, sent) => this.#signal(device, session, body, sent),
      whole: () => this.#parts.signalling.whole?.(device) ?? false,
      emit: (name, payload) => this.#events.emit(name, payload),
      wantsData: (from, label) => this.#parts.wantsData?.(from, label) ?? false,
      allowance: this.#allowance,
    }
  }

  #signal(device: string, session: Uint8Array, body: SignalBodyValue, sent?: () => void): void {
    const leaving = permitted(body, this.#options.direct)
    if (!leaving) return
    this.#parts.signalling.send(device, encodeSignal(session, leaving)).then(sent, (error: unknown) => {
      this.#parts.log.debug({ err: error }, 'a signal could not be sent')
      this.#links.get(device)?.unsent(session)
    })
  }

  #forgetOne(): boolean {
    for (const [device, link] of this.#links) if (link.forgettable) return this.#links.delete(device)
    return false
  }

  /** At the bound the path that was idle for longest gives way; one with messages under way does not. */
  #admit(): boolean {
    if (this.#byConnection.size < MAX_PATHS) return true
    const idle = [...this.#links.values()]
      .filter((link) => link.path?.inFlight === 0)
      .sort((a, b) => (a.path?.usedAt ?? 0) - (b.path?.usedAt ?? 0))
    idle[0]?.disconnect()
    return idle.length > 0
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#parts.clock.after(SWEEP_MS, () => {
      const idleSince = this.#parts.clock.steady() - IDLE_MS
      this.#eachLink((link) => {
        if (link.path && !link.dear && link.path.inFlight === 0 && link.path.usedAt < idleSince) link.disconnect()
      })
      this.#sweepLater()
    })
  }
}
