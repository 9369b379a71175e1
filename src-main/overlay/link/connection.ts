import type { Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { type Log, SerialQueue } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import {
  BUNDLE_START,
  bundledEnd,
  bundledStart,
  decodeFrame,
  deliverBytes,
  deliverInPlace,
  encodeFrame,
  frameId,
  isAccept,
  isBundle,
  type LinkBody,
  type LinkFrame,
  type LinkFrameName,
  type LinkInput,
  MAX_BUNDLED_BYTES,
  requestId,
  SEND_RESULT_BYTES,
  writeDeliver,
  writeDelivered,
} from '../../wire/index.ts'
import { ACCEPT_MS, MAX_PENDING_REQUESTS, MAX_SOCKET_BACKLOG } from '../constants.ts'
import { answeredError, errorBody, isAnswer, wrongAnswer } from './answers.ts'
import { type Backlog, NEGLIGIBLE_BYTES, type Reader } from './backlog.ts'
import { Outbox } from './outbox.ts'
import type { Pace } from './pace.ts'
import type { Answer, Delivery, FrameHandler, FrameMeter, QuickHandler } from './types.ts'
import { Unanswered } from './unanswered.ts'

/** Malformed frames before the link is closed: a bug gets its errors, a flood gets nothing. */
const MAX_FAULTS = 16
/** Above the node's mailbox window. */
const MAX_EARLY = 512
const FULL_POLL_MS = 5
/** Close code of RFC 6455 for a policy violation. */
const POLICY = 1008

/**
 * Frames over an open WebSocket: requests with an id and a deadline, answers, and frames that come unasked.
 * Every fault of the other side ends in an error frame or a closed link, never in a throw.
 */
export class Connection implements Reader {
  readonly #socket: WebSocket
  readonly #log: Log
  readonly #meter: FrameMeter | undefined
  readonly #outbox: Outbox
  // Made when they are needed: a node has thousands of links that never ask for anything.
  #pending: Map<number, Answer> | undefined
  #deliveries: Unanswered<Delivery> | undefined
  #turns: SerialQueue | undefined
  #closers: ((error: ParleyError) => void)[] = []
  #nextId = 1
  #faults = 0
  #handler: FrameHandler | undefined
  #quick: QuickHandler | undefined
  /** What came before anybody handled it: the frames right behind Welcome. */
  #early: LinkFrame[] | undefined
  #error: ParleyError | undefined
  #backlog: Backlog | undefined
  network = ''

  /** `stream`: the TLS socket below, so that messages of one moment leave together. */
  constructor(socket: WebSocket, log: Log, meter?: FrameMeter, stream?: Writable) {
    this.#socket = socket
    this.#outbox = new Outbox((message) => this.#write(message), stream)
    this.#log = log
    this.#meter = meter
    socket.on('message', (data: Buffer, binary) => this.#receive(data, binary))
    socket.on('error', (error) => this.#fail(new ParleyError('offline', 'The link broke.', { cause: error })))
    socket.on('close', () => this.#fail(new ParleyError('offline', 'The link closed.')))
  }

  get closed(): boolean {
    return this.#error !== undefined
  }

  get unread(): number {
    return this.#socket.bufferedAmount
  }

  /** What it does not read counts in `backlog` from now on, for the network that it links from. */
  countIn(backlog: Backlog, network: string): void {
    this.#backlog = backlog
    this.network = network
  }

  /** What handles frames that answer no request of this side; `quick` is asked first. */
  handle(handler: FrameHandler, quick?: QuickHandler): void {
    this.#handler = handler
    this.#quick = quick
    for (const frame of this.#early?.splice(0) ?? []) this.#dispatch(frame)
  }

  /** Stops reading; for a side that must not be fed faster than it works. */
  pause(): void {
    this.#socket.pause()
  }

  /** Reads no faster than `key` may send by `pace`, from now on. */
  limit(pace: Pace, key: string): void {
    pace.hold(this.#socket, key)
  }

  onClose(listener: (error: ParleyError) => void): () => void {
    if (this.#error) listener(this.#error)
    else this.#closers.push(listener)
    return () => void (this.#closers = this.#closers.filter((each) => each !== listener))
  }

  /** Sends without waiting, together with what else is sent in this turn of the event loop; a reader that does not keep up is dropped. */
  send<N extends LinkFrameName>(name: N, id: number, body: LinkInput<N>): void {
    if (!this.#error) this.#outbox.send(encodeFrame(name, id, body))
  }

  /**
   * Delivers the envelope of a `send`, which stands from `start` to `end`, and keeps it in `delivery`, which is told how it ended: an
   * `accept` within ACCEPT_MS answers it. The `send` is used up: a large envelope leaves from where it stands.
   */
  deliver(delivery: Delivery, bytes: Buffer, start: number, end: number): void {
    if (this.#error) {
      delivery.envelope = Buffer.from(bytes.subarray(start, end))
      return delivery.failed(this.#error)
    }
    const deliveries = (this.#deliveries ??= new Unanswered<Delivery>(ACCEPT_MS))
    const id = this.#newId()
    deliveries.add(id, delivery)
    const length = deliverBytes(end - start)
    if (length > MAX_BUNDLED_BYTES) {
      delivery.envelope = bytes.subarray(start, end)
      return this.#outbox.send(deliverInPlace(bytes, id, start, end))
    }
    // A copy, so that 100 bytes do not hold a whole read of the socket.
    delivery.envelope = Buffer.allocUnsafe(end - start)
    bytes.copy(delivery.envelope, 0, start, end)
    const at = this.#outbox.place(length)
    writeDeliver(this.#outbox.bytes, at, id, bytes, start, end)
  }

  /** Deliveries that wait for their `accept`. */
  get deliveries(): Pick<Unanswered<Delivery>, 'size' | 'find'> | undefined {
    return this.#deliveries
  }

  /** Answers a `send` whose envelope was delivered. */
  delivered(id: number): void {
    if (this.#error) return
    const at = this.#outbox.place(SEND_RESULT_BYTES)
    writeDelivered(this.#outbox.bytes, at, id)
  }

  #write(message: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.unread > MAX_SOCKET_BACKLOG)
      return this.close(new ParleyError('rate_limited', 'The other side does not read fast enough.'))
    if (this.#meter) this.#meter.sent += message.length
    this.#socket.send(message)
    if (this.#backlog && this.unread > NEGLIGIBLE_BYTES) this.#backlog.grew(this, message.length)
  }

  /** Whether requests would have to wait for their turn. */
  get isBusy(): boolean {
    return (this.#turns?.length ?? 0) > 0 || this.#full
  }

  #newId(): number {
    const id = this.#nextId
    this.#nextId = id === 0xffffffff ? 1 : id + 1
    return id
  }

  /** Answers a request with what was thrown. */
  sendError(id: number, thrown: unknown): void {
    const error = toParleyError(thrown)
    if (error.code === 'internal') this.#log.error({ err: error.cause ?? error }, 'a frame could not be served')
    this.send('error', id, errorBody(error))
  }

  /** One request and its answer, which must be of the named kind. Rejects with the answered error, `timeout` or `offline`. */
  async request<N extends LinkFrameName, A extends LinkFrameName>(
    name: N,
    body: LinkInput<N>,
    answer: A,
    ms: number,
  ): Promise<LinkBody<A>> {
    if (this.#error) throw this.#error
    const pending = (this.#pending ??= new Map())
    if (pending.size >= MAX_PENDING_REQUESTS)
      throw new ParleyError('rate_limited', 'Too many requests wait for an answer.', { retryAfter: 1_000 })
    const id = this.#newId()
    let timer: NodeJS.Timeout | undefined
    const answered = new Promise<LinkFrame>((resolve, reject) => {
      pending.set(id, { resolve, reject })
      timer = setTimeout(() => reject(new ParleyError('timeout', 'The node did not answer in time.')), ms)
    })
    try {
      if (this.isBusy) {
        // The link may break while this request waits for its turn, before anybody listens.
        answered.catch(() => {})
        await (this.#turns ??= new SerialQueue()).run(() => this.#sendInTurn(name, id, body, ms))
      } else this.send(name, id, body)
      const frame = await answered
      if (frame.name === 'error') throw answeredError(frame.body)
      if (frame.name !== answer) throw wrongAnswer()
      return frame.body as LinkBody<A>
    } finally {
      clearTimeout(timer)
      pending.delete(id)
    }
  }

  /** A burst of this side's own requests waits for the socket, in order, instead of breaking the link. */
  async #sendInTurn<N extends LinkFrameName>(name: N, id: number, body: LinkInput<N>, ms: number): Promise<void> {
    const until = performance.now() + ms
    while (this.#full && !this.#error) {
      if (performance.now() > until) throw new ParleyError('timeout', 'The link is too slow for this.')
      await new Promise((resolve) => setTimeout(resolve, FULL_POLL_MS))
    }
    if (this.#pending?.has(id)) this.send(name, id, body)
  }

  get #full(): boolean {
    return this.unread > MAX_SOCKET_BACKLOG / 2
  }

  /** Closes at once; what waits is rejected with `offline`, with `reason` as its cause. */
  close(reason?: ParleyError): void {
    this.#fail(new ParleyError('offline', 'The link was closed.', { cause: reason }))
    this.#socket.close(reason && POLICY, reason?.code)
    // Without this a peer that never answers the close keeps the socket for half a minute.
    setTimeout(() => this.#socket.terminate(), 200).unref()
  }

  #receive(data: Buffer, binary: boolean): void {
    if (this.#error) return
    if (this.#meter) this.#meter.received += data.length
    if (!binary) return this.#fault(0, new ParleyError('invalid_params', 'Text frames are not used here.'))
    if (!isBundle(data)) return this.#receiveFrame(data, 0, data.length)
    for (let at = BUNDLE_START; at < data.length && !this.#error;) {
      const end = bundledEnd(data, at)
      if (end === undefined) return this.#fault(0, new ParleyError('invalid_params', 'The bundle cannot be read.'))
      this.#receiveFrame(data, bundledStart(at), end)
      at = end
    }
  }

  #receiveFrame(data: Buffer, at: number, end: number): void {
    if (isAccept(data, at, end) && this.#deliveries) {
      const delivery = this.#deliveries.take(requestId(data, at))
      if (delivery) return delivery.answered()
    }
    if (this.#quick?.(data, at, end)) return
    const bytes = data.subarray(at, end)
    let frame: LinkFrame
    try {
      frame = decodeFrame(bytes)
    } catch (error) {
      return this.#fault(frameId(bytes), error)
    }
    if (isAnswer(frame.name)) {
      const delivery = this.#deliveries?.take(frame.id)
      if (delivery) return delivery.failed(frame.name === 'error' ? answeredError(frame.body) : wrongAnswer())
      const waiting = this.#pending?.get(frame.id)
      if (waiting) return waiting.resolve(frame)
    }
    this.#dispatch(frame)
  }

  #fault(id: number, error: unknown): void {
    if (++this.#faults > MAX_FAULTS) return this.close(new ParleyError('invalid_params', 'Too many malformed frames.'))
    this.sendError(id, error)
  }

  #dispatch(frame: LinkFrame): void {
    if (!this.#handler) {
      const early = (this.#early ??= [])
      if (early.length >= MAX_EARLY) return this.close(new ParleyError('rate_limited', 'Too much, too early.'))
      early.push(frame)
      return
    }
    try {
      this.#handler(frame)
    } catch (error) {
      this.sendError(frame.id, error)
    }
  }

  #fail(error: ParleyError): void {
    if (this.#error) return
    this.#error = error
    this.#outbox.flush()
    for (const answer of this.#pending?.values() ?? []) answer.reject(error)
    this.#pending?.clear()
    this.#deliveries?.fail(error)
    for (const listener of this.#closers.splice(0)) listener(error)
  }
}
