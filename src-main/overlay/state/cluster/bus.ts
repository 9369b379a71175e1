import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { type Clock, concat, fromHex, type Log, type Random, toHex } from '../../../base/index.ts'
import type { NodeBus } from '../types.ts'
import { gather, serveAll } from './gather.ts'
import { ASK, DeviceHold } from './hold.ts'

const PROCESS_BYTES = 8
const POSITION_BYTES = 8
/** How an answer begins. */
const DONE = new Uint8Array([1])
const NOTHING = new Uint8Array([0])

export interface BusOptions {
  connection: NatsConnection
  prefix: string
  /** Hex of this process's id. */
  process: string
  /** How far in the log this process is. */
  position: () => number
  /** Resolves true once it is so far. */
  reached: (position: number, ms: number) => Promise<boolean>
  clock: Clock
  random: Random
  log: Log
}

/** Plain NATS messages between the processes of one node. */
export class NatsBus implements NodeBus {
  readonly #options: BusOptions
  readonly #subscriptions = new Set<Subscription>()
  readonly #listeners = new Set<(bytes: Uint8Array) => void>()
  readonly #holds = new Map<string, DeviceHold>()
  #shared: (() => readonly Uint8Array[]) | undefined
  #connected = true

  constructor(options: BusOptions) {
    this.#options = options
  }

  start(): void {
    const { connection, prefix, process } = this.#options
    const callback = (error: unknown, message: Msg) => {
      if (error || toHex(message.data.subarray(0, PROCESS_BYTES)) === process) return
      this.#tell(copied(message.data, PROCESS_BYTES))
    }
    this.#subscriptions.add(connection.subscribe(`${prefix}.presence`, { callback }))
    const back = (error: unknown, message: Msg) => {
      if (!error && toHex(message.data) !== process) void this.#gather()
    }
    this.#subscriptions.add(connection.subscribe(`${prefix}.back`, { callback: back }))
    void this.#watch()
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe()
    for (const hold of this.#holds.values()) hold.release()
    this.#subscriptions.clear()
    this.#holds.clear()
    this.#listeners.clear()
  }

  publish(topic: 'presence', bytes: Uint8Array): void {
    const { connection, prefix, process } = this.#options
    // While the cluster is away the client would keep it all; a presence comes again by itself.
    if (this.#connected && !connection.isClosed())
      connection.publish(`${prefix}.${topic}`, concat(fromHex(process), bytes))
  }

  subscribe(_topic: 'presence', listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  share(all: () => readonly Uint8Array[]): void {
    const { connection, prefix, process } = this.#options
    this.#shared = all
    for (const subscription of serveAll(connection, prefix, process, all)) this.#subscriptions.add(subscription)
    void this.#gather()
  }

  hold(device: string, serve: (bytes: Uint8Array) => Promise<Uint8Array>, onTaken: () => void): () => void {
    const { connection, prefix, random, clock, log } = this.#options
    this.#holds.get(device)?.release()
    const hold: DeviceHold = new DeviceHold({
      connection,
      subject: `${prefix}.device.${device}`,
      nonce: random.bytes(PROCESS_BYTES),
      clock,
      log,
      serve: (bytes, ms) => this.#serve(bytes, ms, serve),
      onTaken: () => {
        if (this.#holds.get(device) === hold) this.#holds.delete(device)
        onTaken()
      },
    })
    this.#holds.set(device, hold)
    return () => {
      hold.release()
      if (this.#holds.get(device) === hold) this.#holds.delete(device)
    }
  }

  async ask(device: string, bytes: Uint8Array, ms: number): Promise<Uint8Array | undefined> {
    const { connection, prefix, position, log } = this.#options
    if (!this.#connected || this.#holds.has(device)) return undefined
    const head = new Uint8Array(1 + POSITION_BYTES)
    head[0] = ASK
    new DataView(head.buffer).setBigUint64(1, BigInt(position()))
    try {
      const answer = await connection.request(`${prefix}.device.${device}`, concat(head, bytes), { timeout: ms })
      return answer.data[0] === DONE[0] ? copied(answer.data, 1) : undefined
    } catch (error) {
      // Nobody holds the link, or not in time.
      log.debug({ err: error }, 'no other process has this link')
      return undefined
    }
  }

  /** Answers only once this process is as far as the one that asks: else what waits in the mailbox would be overtaken. */
  async #serve(bytes: Uint8Array, ms: number, serve: (bytes: Uint8Array) => Promise<Uint8Array>): Promise<Uint8Array> {
    const position = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(1))
    if (!(await this.#options.reached(position, ms))) return NOTHING
    try {
      return concat(DONE, await serve(copied(bytes, 1 + POSITION_BYTES)))
    } catch (error) {
      this.#options.log.debug({ err: error }, 'a question of another process failed')
      return NOTHING
    }
  }

  async #watch(): Promise<void> {
    const { connection, prefix, process } = this.#options
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') this.#connected = false
      if (type !== 'reconnect') continue
      this.#connected = true
      void this.#gather()
      // Who came back before found nobody to ask; what was said here meanwhile reached nobody.
      connection.publish(`${prefix}.back`, fromHex(process))
    }
  }

  /** What was said while this process was away, or before it was there. */
  async #gather(): Promise<void> {
    if (!this.#shared) return
    const { connection, prefix, process, log } = this.#options
    try {
      await gather(connection, prefix, process, (bytes) => this.#tell(bytes))
    } catch (error) {
      log.debug({ err: error }, 'no other process told its presences')
    }
  }

  #tell(bytes: Uint8Array): void {
    for (const listener of this.#listeners) {
      try {
        listener(bytes)
      } catch (error) {
        this.#options.log.debug({ err: error }, "another process's message was refused")
      }
    }
  }
}

/** Bytes of their own: what NATS hands over are views into a larger buffer, which some decoders read beyond. */
function copied(bytes: Uint8Array, from: number): Uint8Array {
  return new Uint8Array(bytes.subarray(from))
}
