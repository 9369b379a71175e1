import { JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream'
import { type Clock, type Log, sleep, toHex, type Random } from '../../../base/index.ts'
import { ParleyError } from '../../../contract/index.ts'
import type { Command, Outcome } from '../commands.ts'
import type { StateLimits } from '../merge.ts'
import { encodeBatch, encodeCommand } from './codec.ts'

/** One try to append; the message's id makes another one harmless. */
const TRY_MS = 2_000
const RETRY_MS = 100
/** Commands that wait for the cluster: what comes beyond is refused. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024
/** Room for a batch's head and the message's. */
const HEAD_BYTES = 4 * 1024
/** JetStream's codes for a log that is full. */
const FULL: ReadonlySet<number> = new Set([10_023, 10_047, 10_077])

interface Waiting {
  bytes: Uint8Array
  until: number
  resolve: (value: never) => void
  reject: (error: unknown) => void
}

export interface GiverOptions {
  client: JetStreamClient
  subject: string
  limits: StateLimits
  /** Largest message that the cluster takes. */
  maxBytes: number
  /** From `give` to the answer; then `offline`. */
  answerMs: number
  /** What was given came by; or false where it did not in time, or could not be given for longer than one try takes. */
  onAnswer: (answered: boolean) => void
  clock: Clock
  random: Random
  log: Log
}

/**
 * Appends this process's commands to the log: those of one turn of the event loop, and those that came while the message before
 * was on its way, as one message. One message is on its way at a time, so its number tells each process whether it has
 * been applied.
 */
export class Giver {
  readonly #options: GiverOptions
  readonly process: string
  readonly #waiting: Waiting[] = []
  /** Batches that have not come by yet, with the end of their timers. */
  readonly #sent = new Map<number, { batch: Waiting[]; cancel: () => void }>()
  #waitingBytes = 0
  #number = 0
  #running = true
  #sending = false
  #isPinging = false

  constructor(options: GiverOptions) {
    this.#options = options
    this.process = toHex(options.random.bytes(8))
  }

  /** Resolves with the command's result once it was applied here; rejects with its refusal, or `offline`. */
  give(command: Command): Promise<unknown> {
    const { clock, maxBytes, answerMs } = this.#options
    if (!this.#running) return Promise.reject(stopped())
    const bytes = encodeCommand(command)
    if (bytes.length > maxBytes - HEAD_BYTES)
      return Promise.reject(new ParleyError('too_large', 'This is too large for the cluster.'))
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES)
      return Promise.reject(new ParleyError('rate_limited', 'The cluster is behind.', { retryAfter: 1_000 }))
    this.#waitingBytes += bytes.length
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, until: clock.steady() + answerMs, resolve, reject })
      this.#begin()
    })
  }

  /** Appends a message without commands: whether it comes by is told to `onAnswer`. */
  ping(): void {
    this.#isPinging = true
    this.#begin()
  }

  /** Its batch of this number came by. */
  applied(number: number, outcomes: readonly Outcome[]): void {
    this.#options.onAnswer(true)
    for (const [index, { resolve, reject }] of this.#close(number).entries()) {
      const outcome = outcomes[index]
      if (!outcome) reject(offline())
      else if ('refusal' in outcome) reject(outcome.refusal)
      else resolve(outcome.result as never)
    }
  }

  stop(): void {
    this.#running = false
    for (const { reject } of this.#waiting.splice(0)) reject(stopped())
    for (const number of [...this.#sent.keys()]) this.#fail(number, stopped())
    this.#waitingBytes = 0
  }

  #begin(): void {
    if (this.#sending) return
    this.#sending = true
    setImmediate(() => void this.#send())
  }

  async #send(): Promise<void> {
    while (this.#running && (this.#waiting.length > 0 || this.#isPinging)) {
      const isPing = this.#isPinging
      this.#isPinging = false
      const batch = this.#take()
      if (batch.length > 0 || isPing) await this.#append(batch)
    }
    this.#sending = false
  }

  #take(): Waiting[] {
    const { maxBytes, clock } = this.#options
    const batch: Waiting[] = []
    let room = maxBytes - HEAD_BYTES
    for (let next = this.#waiting[0]; next && room - next.bytes.length - 4 >= 0; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#waitingBytes -= next.bytes.length
      if (next.until <= clock.steady()) next.reject(offline())
      else {
        room -= next.bytes.length + 4
        batch.push(next)
      }
    }
    return batch
  }

  async #append(batch: Waiting[]): Promise<void> {
    const { client, subject, limits, clock, answerMs, onAnswer } = this.#options
    const since = clock.steady()
    const number = ++this.#number
    const message = encodeBatch(
      { process: this.process, number, limits },
      batch.map(({ bytes }) => bytes),
    )
    const left = batch[0] ? Math.max(0, batch[0].until - clock.steady()) : answerMs
    const late = () => {
      onAnswer(false)
      this.#fail(number, offline())
    }
    this.#sent.set(number, { batch, cancel: clock.after(left, late) })
    while (this.#running && this.#sent.has(number)) {
      try {
        await client.publish(subject, message, { msgID: `${this.process}/${number}`, timeout: TRY_MS, retries: 0 })
        return
      } catch (error) {
        const isFull = error instanceof JetStreamApiError && FULL.has(error.code)
        if (!isFull && clock.steady() - since >= TRY_MS) onAnswer(false)
        this.#options.log.debug({ err: error }, 'the log did not take a batch; trying again')
        if (isFull)
          this.#fail(number, new ParleyError('storage_full', "The cluster's log is full.", { retryAfter: 5_000 }))
        else await sleep(clock, RETRY_MS)
      }
    }
  }

  #fail(number: number, error: ParleyError): void {
    for (const { reject } of this.#close(number)) reject(error)
  }

  #close(number: number): Waiting[] {
    const sent = this.#sent.get(number)
    sent?.cancel()
    this.#sent.delete(number)
    return sent?.batch ?? []
  }
}

function offline(): ParleyError {
  return new ParleyError('offline', 'The cluster does not answer.', { retryAfter: 1_000 })
}

function stopped(): ParleyError {
  return new ParleyError('offline', 'The node is stopping.')
}
