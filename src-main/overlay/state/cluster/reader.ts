import { AckPolicy, DeliverPolicy, type JetStreamManager, ReplayPolicy } from '@nats-io/jetstream'
import { createInbox, type Msg, type NatsConnection, nanos, type Subscription } from '@nats-io/transport-node'
import type { Clock, Log } from '../../../base/index.ts'

/** The cluster says so often that there is nothing; after SILENCE_MS without a word it is asked anew. */
const HEARTBEAT_MS = 1_000
const SILENCE_MS = 2_500
const RETRY_MS = 250
/** A reader that went away without a word is forgotten by the cluster after this. */
const INACTIVE_MS = 30_000

export interface ReaderOptions {
  connection: NatsConnection
  manager: JetStreamManager
  stream: string
  clock: Clock
  log: Log
  /** Next place to read: asked at each new beginning. */
  from: () => number
  onMessage: (seq: number, bytes: Uint8Array) => void
  /** Calls back when everything that was handed over before is done: then the cluster may send more. */
  onIdle: (done: () => void) => void
}

/** Reads a stream in order, without gaps, and begins anew where the cluster falls silent or leaves something out. */
export class LogReader {
  readonly #options: ReaderOptions
  #running = false
  #subscription: Subscription | undefined
  /** Counts the messages of one reading. */
  #expected = 1
  #cancel = () => {}
  #generation = 0

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = true
    void this.#begin()
  }

  stop(): void {
    this.#running = false
    this.#end()
  }

  /** Begins anew at `from`. */
  restart(): void {
    if (this.#running) void this.#begin()
  }

  async #begin(): Promise<void> {
    this.#end()
    const { connection, manager, stream, log, clock } = this.#options
    if (connection.isClosed()) return
    const generation = this.#generation
    const subject = createInbox()
    this.#expected = 1
    this.#subscription = connection.subscribe(subject, {
      callback: (error, message) => void (error || this.#take(message)),
    })
    this.#listen()
    try {
      await manager.consumers.add(stream, {
        deliver_subject: subject,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: this.#options.from(),
        ack_policy: AckPolicy.None,
        replay_policy: ReplayPolicy.Instant,
        flow_control: true,
        idle_heartbeat: nanos(HEARTBEAT_MS),
        inactive_threshold: nanos(INACTIVE_MS),
        num_replicas: 1,
        mem_storage: true,
      })
    } catch (error) {
      if (generation !== this.#generation) return
      log.debug({ err: error }, "the cluster's log cannot be read; trying again")
      this.#cancel()
      this.#cancel = clock.after(RETRY_MS, () => void this.#begin())
    }
  }

  #end(): void {
    this.#generation++
    this.#cancel()
    this.#subscription?.unsubscribe()
    this.#subscription = undefined
  }

  #listen(): void {
    this.#cancel()
    this.#cancel = this.#options.clock.after(SILENCE_MS, () => void this.#begin())
  }

  #take(message: Msg): void {
    this.#listen()
    const status = message.headers?.code
    if (status === 100) return this.#control(message)
    if (!message.reply?.startsWith('$JS.ACK.')) return
    const { stream, delivery } = sequences(message.reply)
    if (delivery !== this.#expected) return void this.#begin()
    this.#expected++
    this.#options.onMessage(stream, message.data)
  }

  /** A heartbeat, or a question whether more may be sent. */
  #control(message: Msg): void {
    const { connection, onIdle } = this.#options
    const generation = this.#generation
    const asked = message.reply ?? message.headers?.get('Nats-Consumer-Stalled')
    if (!asked) return
    onIdle(() => {
      if (generation === this.#generation && !connection.isClosed()) connection.publish(asked)
    })
  }
}

/**
 * Places in the stream and in this reading, from a delivered message's reply subject: `$JS.ACK.` stream, consumer, times
 * delivered, place in the stream, place in the reading, time, pending; longer ones have domain and account before the stream.
 */
function sequences(reply: string): { stream: number; delivery: number } {
  const tokens = reply.split('.')
  const first = tokens.length > 9 ? 7 : 5
  return { stream: Number(tokens[first]), delivery: Number(tokens[first + 1]) }
}
