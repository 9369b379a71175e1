import type { Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { type Log, SerialQueue } from '../../base/index.ts'
import { isErrorCode, ParleyError, toParleyError } from '../../contract/index.ts'
import {
  decodeFrame,
  encodeFrame,
  frameId,
  type LinkBody,
  type LinkFrame,
  type LinkFrameName,
  type LinkInput,
} from '../../wire/index.ts'
import { MAX_PENDING_REQUESTS, MAX_SOCKET_BACKLOG } from '../constants.ts'
import { holdBack } from './hold-back.ts'

/** Malformed frames before the link is closed: a bug gets its errors, a flood gets nothing. */
const MAX_FAULTS = 16
/** Above the node's mailbox window. */
const MAX_EARLY = 512
const FULL_POLL_MS = 5
/** Close code of RFC 6455 for a policy violation. */
const POLICY = 1008

/** Told of every frame's length in bytes. */
export interface FrameMeter {
  received: number
  sent: number
}

export type FrameHandler = (frame: LinkFrame) => void
type Answer = { resolve: (frame: LinkFrame) => void; reject: (error: ParleyError) => void }

/**
 * Frames over an open WebSocket: requests with an id and a deadline, answers, and frames that come unasked.
 * Every fault of the other side ends in an error frame or a closed link, never in a throw.
 */
export class Connection {
  readonly #socket: WebSocket
  readonly #log: Log
  readonly #meter: FrameMeter | undefined
  /** What the socket writes to. */
  readonly #stream: Writable | undefined
  // Made when they are needed: a node has thousands of links that never ask for anything.
  #pending: Map<number, Answer> | undefined
  #turns: SerialQueue | undefined
  #closers: ((error: ParleyError) => void)[] = []
  #nextId = 1
  #faults = 0
  #handler: FrameHandler | undefined
  /** What came before anybody handled it: the frames right behind Welcome. */
  #early: LinkFrame[] | undefined
  #error: ParleyError | undefined

  /** `stream`: the TLS socket below, so that frames of one moment leave together. */
  constructor(socket: WebSocket, log: Log, meter?: FrameMeter, stream?: Writable) {
    this.#socket = socket
    this.#stream = stream
    this.#log = log
    this.#meter = meter
    socket.on('message', (data: Buffer, binary) => this.#receive(data, binary))
    socket.on('error', (error) => this.#fail(new ParleyError('offline', 'The link broke.', { cause: error })))
    socket.on('close', () => this.#fail(new ParleyError('offline', 'The link closed.')))
  }

  get closed(): boolean {
    return this.#error !== undefined
  }

  /** What handles frames that answer no request of this side. */
  handle(handler: FrameHandler): void {
    this.#handler = handler
    const early = this.#early
    this.#early = undefined
    for (const frame of early ?? []) this.#dispatch(frame)
  }

  /** Stops reading; for a side that must not be fed faster than it works. */
  pause(): void {
    this.#socket.pause()
  }

  onClose(listener: (error: ParleyError) => void): () => void {
    if (this.#error) listener(this.#error)
    else this.#closers.push(listener)
    return () => void (this.#closers = this.#closers.filter((each) => each !== listener))
  }

  /** Sends without waiting; a reader that does not keep up is dropped. */
  send<N extends LinkFrameName>(name: N, id: number, body: LinkInput<N>): void {
    if (this.#error) return
    const bytes = encodeFrame(name, id, body)
    if (this.#socket.bufferedAmount > MAX_SOCKET_BACKLOG)
      return this.close(new ParleyError('rate_limited', 'The other side does not read fast enough.'))
    if (this.#meter) this.#meter.sent += bytes.length
    if (this.#stream) holdBack(this.#stream)
    this.#socket.send(bytes)
  }

  /** Answers a request with what was thrown. */
  sendError(id: number, thrown: unknown): void {
    const error = toParleyError(thrown)
    if (error.code === 'internal') this.#log.error({ err: error.cause ?? error }, 'a frame could not be served')
    const retryAfter = error.retryAfter === undefined ? null : Math.min(Math.ceil(error.retryAfter), 0xffffffff)
    const reason = error.reason === undefined ? null : error.reason.slice(0, 64)
    this.send('error', id, { code: error.code, message: error.message.slice(0, 200), retryAfter, reason })
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
    const id = this.#nextId
    this.#nextId = id === 0xffffffff ? 1 : id + 1
    let timer: NodeJS.Timeout | undefined
    const answered = new Promise<LinkFrame>((resolve, reject) => {
      pending.set(id, { resolve, reject })
      timer = setTimeout(() => reject(new ParleyError('timeout', 'The node did not answer in time.')), ms)
    })
    try {
      if ((this.#turns?.length ?? 0) > 0 || this.#full) {
        // The link may break while this request waits for its turn, before anybody listens.
        answered.catch(() => {})
        await (this.#turns ??= new SerialQueue()).run(() => this.#sendInTurn(name, id, body, ms))
      } else this.send(name, id, body)
      const frame = await answered
      if (frame.name === 'error') throw answeredError(frame.body)
      if (frame.name !== answer) throw new ParleyError('invalid_params', 'The node answered with something else.')
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
    return this.#socket.bufferedAmount > MAX_SOCKET_BACKLOG / 2
  }

  /** Closes at once; what waits is rejected with `offline`, with `reason` as its cause. */
  close(reason?: ParleyError): void {
    this.#fail(new ParleyError('offline', 'The link was closed.', { cause: reason }))
    if (reason) this.#socket.close(POLICY, reason.code)
    else this.#socket.close()
    // Without this a peer that never answers the close keeps the socket for half a minute.
    setTimeout(() => this.#socket.terminate(), 200).unref()
  }

  #receive(data: Buffer, binary: boolean): void {
    if (this.#error) return
    if (this.#meter) this.#meter.received += data.length
    let frame: LinkFrame
    try {
      if (!binary) throw new ParleyError('invalid_params', 'Text frames are not used here.')
      frame = decodeFrame(data)
    } catch (error) {
      this.#faults++
      if (this.#faults > MAX_FAULTS) return this.close(new ParleyError('invalid_params', 'Too many malformed frames.'))
      return this.sendError(frameId(data), error)
    }
    const waiting = isAnswer(frame.name) ? this.#pending?.get(frame.id) : undefined
    if (waiting) return waiting.resolve(frame)
    this.#dispatch(frame)
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
    for (const answer of this.#pending?.values() ?? []) answer.reject(error)
    this.#pending?.clear()
    const closers = this.#closers
    this.#closers = []
    for (const listener of closers) listener(error)
  }
}

const answers: ReadonlySet<LinkFrameName> = new Set<LinkFrameName>([
  'challenge',
  'welcome',
  'ok',
  'error',
  'pong',
  'sector',
  'presence',
  'revocations',
  'devices',
  'sendResult',
  'accept',
  'stock',
  'keyPackages',
  'changes',
  'deviceFound',
  'logResult',
  'logEntries',
  'logAnswer',
  'fees',
  'closeConsent',
  'queryResult',
  'iceServers',
])
function isAnswer(name: LinkFrameName): boolean {
  return answers.has(name)
}

function answeredError(body: LinkBody<'error'>): ParleyError {
  const code = isErrorCode(body.code) ? body.code : 'internal'
  return new ParleyError(code, body.message, {
    ...(body.retryAfter === null ? {} : { retryAfter: body.retryAfter }),
    ...(body.reason === null ? {} : { reason: body.reason }),
  })
}
