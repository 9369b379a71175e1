import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Clock, Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { placeOf } from '../limits/admittance.ts'
import { Buckets } from '../limits/buckets.ts'
import { BINDINGS, BINDINGS_PER_SOURCE } from './constants.ts'
import { answerBinding, type Source } from './stun.ts'

/** Questions answered, and left unanswered by the limits. */
export interface StunCounts {
  answered: number
  limited: number
}

export interface StunServerParts {
  /** Where it counts. */
  counts?: StunCounts
  clock: Clock
  log: Log
}

const EVERYBODY = 'everybody'

/** Tells whoever asks over UDP where their packet came from. Keeps no state but its limits. */
export class StunServer {
  readonly #counts: StunCounts
  readonly #log: Log
  readonly #all: Buckets
  readonly #bySource: Buckets
  #socket: Socket | undefined

  constructor({ counts, clock, log }: StunServerParts) {
    this.#counts = counts ?? { answered: 0, limited: 0 }
    this.#log = log
    this.#all = new Buckets(clock, BINDINGS)
    this.#bySource = new Buckets(clock, BINDINGS_PER_SOURCE)
  }

  /** Answers the port. Throws `conflict` where it cannot be bound. */
  async listen(host: string, port: number): Promise<number> {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
    this.#socket = socket
    socket.on('message', (packet, source) => this.#answer(socket, packet, source))
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (cause: NodeJS.ErrnoException) => {
        this.#socket = undefined
        socket.close()
        const code = cause.code ?? 'unknown'
        reject(new ParleyError('conflict', `STUN cannot listen on UDP ${host}:${port} (${code}).`, { cause }))
      })
      socket.bind(port, host, () => resolve())
    })
    socket.removeAllListeners('error')
    socket.on('error', (error) => this.#log.warn({ err: error }, 'the STUN socket has a fault'))
    return socket.address().port
  }

  async stop(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()))
  }

  #answer(socket: Socket, packet: Uint8Array, source: Source): void {
    // The form comes first: garbage from forged sources must not use up anybody's share.
    const answer = answerBinding(packet, source)
    if (!answer || source.port === 0) return
    if (this.#bySource.take(placeOf(source.address).host) > 0 || this.#all.take(EVERYBODY) > 0) {
      this.#counts.limited++
      return
    }
    this.#counts.answered++
    socket.send(answer, source.port, source.address, (error) => {
      if (error) this.#log.debug({ err: error }, 'a STUN answer could not be sent')
    })
  }
}
