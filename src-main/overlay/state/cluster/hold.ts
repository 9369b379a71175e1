import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node'
import { type Clock, compare, concat, type Log } from '../../../base/index.ts'

/** How a message to a device's link begins: a question, or the word that it was taken over. */
export const ASK = 0
const TAKEN = 1
/** Two processes that take a device's link within this settle it by their numbers; later the newer one has it. */
const AT_ONCE_MS = 2_000
/** How long a question may wait until this process is as far as the one that asks. */
const BEHIND_MS = 2_000

export interface HoldOptions {
  connection: NatsConnection
  subject: string
  /** Random. */
  nonce: Uint8Array
  clock: Clock
  log: Log
  serve: (message: Uint8Array, ms: number) => Promise<Uint8Array>
  /** Another process has a newer link of the device; the hold has ended. */
  onTaken: () => void
}

/** This process has a device's link, and says so to whoever had it before. */
export class DeviceHold {
  readonly #options: HoldOptions
  readonly #since: number
  readonly #subscription: Subscription

  constructor(options: HoldOptions) {
    this.#options = options
    this.#since = options.clock.steady()
    // Before it is said: an answer from a faster process must find somebody who listens.
    const callback = (error: unknown, message: Msg) => void (error || this.#take(message))
    this.#subscription = options.connection.subscribe(options.subject, { callback })
    this.#say()
  }

  release(): void {
    this.#subscription.unsubscribe()
  }

  #say(): void {
    const { connection, subject, nonce } = this.#options
    connection.publish(subject, concat(new Uint8Array([TAKEN]), nonce))
  }

  #take(message: Msg): void {
    const [kind] = message.data
    if (kind === TAKEN) return this.#yield(message.data.subarray(1))
    if (kind !== ASK) return
    this.#options.serve(message.data, BEHIND_MS).then(
      (answer) => message.respond(answer),
      (error: unknown) => this.#options.log.debug({ err: error }, 'a question of another process was not answered'),
    )
  }

  #yield(theirs: Uint8Array): void {
    const { nonce, clock, onTaken } = this.#options
    const order = compare(theirs, nonce)
    if (order === 0) return
    if (clock.steady() - this.#since < AT_ONCE_MS && order < 0) return this.#say()
    this.release()
    onTaken()
  }
}
