import type { Clock } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { MAX_ENVELOPE_BYTES } from '../wire/index.ts'
import type { Allowance } from './allowance.ts'
import { Budget } from './budget.ts'
import { BulkReceiver, type ReceivedData } from './bulk-receiver.ts'
import { BulkSender } from './bulk-sender.ts'
import {
  DOUBT_MS,
  MAX_IN_FLIGHT,
  MAX_IN_FLIGHT_BYTES,
  MAX_MISSED_PINGS,
  MAX_UNACCEPTED,
  PING_INTERVAL_MS,
  PING_TIMEOUT_MS,
  PINGS_PER_SECOND,
  SEND_TIMEOUT_MS,
  TAKEN_REPORT_BYTES,
  UNACCEPTED_MS,
} from './constants.ts'
import { dataAnswer, type DataFrame, dataFrame } from './data-frames.ts'
import {
  type ControlFrame,
  controlFrame,
  lanFrame,
  type LaneName,
  type LanOffer,
  messageFrame,
  parseFrame,
} from './frames.ts'

export interface PathParts {
  clock: Clock
  write(channel: LaneName, bytes: Uint8Array): void
  /** So many received bytes are dealt with. */
  taken(bytes: number, lane: LaneName): void
  deliver(bytes: Uint8Array, accept: () => void): void
  /** Whether a transfer with this label is wanted. */
  wants(label: Uint8Array): boolean
  deliverData(data: ReceivedData): void
  /** Memory for bulk data, shared with the other paths. */
  allowance: Allowance
  /** The other side listens within our network. */
  lanOffered(offer: LanOffer): void
  /** The other side does not answer any more, or breaks the rules. */
  dead(reason: string): void
}

/** One way for bulk data. */
interface Lane {
  sender: BulkSender
  receiver: BulkReceiver
}
/** Transfers over the TLS connection have numbers from here on. */
const LAN_NUMBERS = 0x8000_0000

interface Sent {
  bytes: number
  settle(error?: ParleyError): void
}

/** Messages, accepts and pings over one open connection. Ends by `close`, which rejects what is unanswered with `offline`. */
export class Path {
  readonly #parts: PathParts
  readonly #sent = new Map<number, Sent>()
  readonly #unaccepted = new Map<number, number>()
  readonly #pings = new Map<number, (rttMs: number | undefined) => void>()
  readonly #pingBudget: Budget
  readonly #bulk: Lane
  /** Beside the data channel, while it is open. */
  #lan: Lane | undefined
  #number = 0
  #inFlightBytes = 0
  readonly #untold = { native: 0, lan: 0 }
  #checking = false
  #closed = false
  #cancelPing = () => {}
  rttMs: number | undefined
  /** When a message last went either way, for closing idle paths. */
  usedAt: number

  constructor(parts: PathParts) {
    this.#parts = parts
    this.#pingBudget = new Budget(parts.clock, PINGS_PER_SECOND, PINGS_PER_SECOND)
    this.usedAt = parts.clock.steady()
    this.#bulk = this.#lane('data')
  }

  #lane(name: 'data' | 'lan'): Lane {
    const { clock, allowance, ...parts } = this.#parts
    return {
      sender: new BulkSender({
        clock,
        firstNumber: name === 'lan' ? LAN_NUMBERS : 0,
        write: (frame) => parts.write(name, dataFrame(frame)),
        rttMs: () => this.rttMs,
      }),
      receiver: new BulkReceiver({
        clock,
        allowance,
        answer: (answer) => parts.write('control', dataAnswer(answer)),
        wants: (label) => parts.wants(label),
        deliver: (data) => parts.deliverData(data),
        dead: (reason) => parts.dead(reason),
      }),
    }
  }

  offerLan(offer: LanOffer): void {
    if (!this.#closed) this.#parts.write('control', lanFrame(offer))
  }

  /** New transfers go this way from now on. */
  lanOpened(): void {
    if (!this.#closed) this.#lan ??= this.#lane('lan')
  }

  /** What was under way there begins again over the data channel. */
  lanClosed(): void {
    const lan = this.#lan
    this.#lan = undefined
    lan?.sender.close()
    lan?.receiver.close()
  }

  /** For tests and figures. */
  get hasLan(): boolean {
    return this.#lan !== undefined
  }

  /** Messages and transfers that are not over. */
  get inFlight(): number {
    const lanes = [this.#bulk, ...(this.#lan ? [this.#lan] : [])]
    return lanes.reduce((sum, { sender, receiver }) => sum + sender.active + receiver.active, this.#sent.size)
  }

  /** Bulk data beside the messages; see BulkSender. */
  async sendData(bytes: Uint8Array, label: Uint8Array, signal?: AbortSignal): Promise<void> {
    this.usedAt = this.#parts.clock.steady()
    const lan = this.#lan
    if (!lan) return await this.#bulk.sender.send(bytes, label, signal)
    try {
      await lan.sender.send(bytes, label, signal)
    } catch (error) {
      const isInterrupted = error instanceof ParleyError && error.code === 'offline'
      if (!isInterrupted || this.#closed) throw error
      await this.#bulk.sender.send(bytes, label, signal)
    }
  }

  /** Resolves on the other side's accept; rejects with `too_large`, `rate_limited`, `timeout` or `offline`. */
  send(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return Promise.reject(offline())
    if (bytes.length > MAX_ENVELOPE_BYTES)
      return Promise.reject(new ParleyError('too_large', `A message has at most ${MAX_ENVELOPE_BYTES} bytes.`))
    if (this.#sent.size >= MAX_IN_FLIGHT || this.#inFlightBytes + bytes.length > MAX_IN_FLIGHT_BYTES)
      return Promise.reject(
        new ParleyError('rate_limited', 'The other device is still busy with earlier messages.', { retryAfter: 100 }),
      )
    this.usedAt = this.#parts.clock.steady()
    const number = this.#nextNumber()
    return new Promise((resolve, reject) => {
      const { clock } = this.#parts
      const cancelDoubt = clock.after(DOUBT_MS, () => void this.#check())
      const cancel = clock.after(SEND_TIMEOUT_MS, () => this.#sent.get(number)?.settle(unanswered()))
      const settle = (error?: ParleyError) => {
        cancelDoubt()
        cancel()
        this.#sent.delete(number)
        this.#inFlightBytes -= bytes.length
        if (error) reject(error)
        else resolve()
      }
      this.#sent.set(number, { bytes: bytes.length, settle })
      this.#inFlightBytes += bytes.length
      this.#parts.write('chat', messageFrame(number, bytes))
    })
  }

  receive(channel: LaneName, bytes: Uint8Array): void {
    if (this.#closed) return
    this.#take(bytes.length, channel)
    const frame = parseFrame(channel, bytes)
    if (frame === undefined) return this.#parts.dead('malformed frame')
    if (frame.type === 'message') return this.#deliver(frame.number, frame.bytes)
    if (frame.type === 'credit' || frame.type === 'done' || frame.type === 'refused') {
      const lane = frame.number >= LAN_NUMBERS ? this.#lan : this.#bulk
      return lane?.sender.answer(frame)
    }
    if (frame.type === 'lan') return this.#parts.lanOffered(frame.offer)
    if (channel === 'control') return this.#control(frame as ControlFrame)
    this.usedAt = this.#parts.clock.steady()
    const lane = channel === 'lan' ? this.#lan : this.#bulk
    lane?.receiver.receive(frame as DataFrame)
  }

  #take(bytes: number, lane: LaneName): void {
    const kind = lane === 'lan' ? 'lan' : 'native'
    this.#untold[kind] += bytes
    if (this.#untold[kind] < TAKEN_REPORT_BYTES) return
    this.#parts.taken(this.#untold[kind], lane)
    this.#untold[kind] = 0
  }

  #control({ type, number }: ControlFrame): void {
    if (type === 'accept') return this.#sent.get(number)?.settle()
    if (type === 'pong') return this.#pings.get(number)?.(undefined)
    if (this.#pingBudget.take()) this.#parts.write('control', controlFrame({ type: 'pong', number }))
  }

  /** Beyond the credits a message is dropped unheard: a sender that keeps to them never gets there. */
  #deliver(number: number, bytes: Uint8Array): void {
    const now = this.#parts.clock.steady()
    const oldest = this.#unaccepted.entries().next().value
    if (oldest !== undefined && oldest[1] < now - UNACCEPTED_MS) this.#unaccepted.delete(oldest[0])
    if (this.#unaccepted.size >= MAX_UNACCEPTED) return
    this.#unaccepted.set(number, now)
    this.usedAt = now
    let accepted = false
    this.#parts.deliver(bytes, () => {
      if (accepted || this.#closed) return
      accepted = true
      this.#unaccepted.delete(number)
      this.#parts.write('control', controlFrame({ type: 'accept', number }))
    })
  }

  /** Round trip in ms, or undefined when there was no answer within `ms`. */
  probe(ms: number): Promise<number | undefined> {
    if (this.#closed) return Promise.resolve(undefined)
    const number = this.#nextNumber()
    // The wall clock has steps of 1 ms; a path on one machine takes less.
    const startedAt = performance.now()
    return new Promise((resolve) => {
      const settle = (rttMs: number | undefined) => {
        cancel()
        this.#pings.delete(number)
        resolve(rttMs)
      }
      const cancel = this.#parts.clock.after(ms, () => settle(undefined))
      this.#pings.set(number, () => settle(this.#closed ? undefined : (this.rttMs = performance.now() - startedAt)))
      this.#parts.write('control', controlFrame({ type: 'ping', number }))
    })
  }

  /** Pings from time to time until closed. */
  watch(): void {
    this.#cancelPing = this.#parts.clock.after(PING_INTERVAL_MS, () => {
      this.watch()
      void this.#check()
    })
  }

  /** A missing accept may be a busy device or a dead path: pings tell which, the second at once after the first. */
  async #check(): Promise<void> {
    if (this.#checking) return
    this.#checking = true
    for (let missed = 0; !this.#closed && missed < MAX_MISSED_PINGS; missed++)
      if ((await this.probe(PING_TIMEOUT_MS)) !== undefined) return void (this.#checking = false)
    if (!this.#closed) this.#parts.dead('no answer to pings')
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#cancelPing()
    for (const { settle } of [...this.#sent.values()]) settle(offline())
    for (const settle of [...this.#pings.values()]) settle(undefined)
    this.#bulk.sender.close()
    this.#bulk.receiver.close()
    this.lanClosed()
    this.#unaccepted.clear()
  }

  #nextNumber(): number {
    this.#number = (this.#number + 1) >>> 0
    return this.#number
  }
}

function unanswered(): ParleyError {
  return new ParleyError('timeout', 'The other device did not answer in time.')
}

export function offline(): ParleyError {
  return new ParleyError('offline', 'There is no direct connection to this device.')
}
