import type { Log } from '../../base/index.ts'
import type { ParleyError } from '../../contract/index.ts'
import {
  MAX_ENVELOPE_BYTES,
  MAX_SIGNAL_BYTES,
  requestId,
  sendIsSignal,
  sendTtl,
  sentEnvelope,
  type SendRequest,
} from '../../wire/index.ts'
import { MAX_MAILBOX_TTL_MS } from '../constants.ts'
import type { Buckets } from '../limits/buckets.ts'
import type { Delivery } from '../link/types.ts'
import type { SendResult } from '../types.ts'
import type { DeviceLink } from './device-link.ts'
import { envelopeIdOf, isOwnEnvelope } from './envelope-head.ts'
import type { Relay } from './relay.ts'

const NOTHING = Buffer.alloc(0)

interface Parts {
  relay: Relay
  /** Frames of one address. */
  frames: Buckets
  meter: { readonly isFree: boolean }
  counters: { ended(result: SendResult, bytes: number): void; refuse(thrown: unknown): void }
  log: Log
}

/**
 * Serves the way of nearly every message, between contacts to a device that is linked here, from the bytes of the `send` as they
 * stand from `at` to `end`: without a promise, a timer or an object but one. Whatever is not plainly so, every refusal among it,
 * answers false and has changed nothing: `Relay.send` sees to it.
 */
export function quickSend(from: DeviceLink, parts: Parts, bytes: Buffer, at: number, end: number): boolean {
  const start = sentEnvelope(bytes, at, end)
  if (start === undefined || !parts.meter.isFree) return false
  const isSignal = sendIsSignal(bytes, at)
  if (end - start > (isSignal ? MAX_SIGNAL_BYTES : MAX_ENVELOPE_BYTES)) return false
  if (sendTtl(bytes, at) > MAX_MAILBOX_TTL_MS) return false
  if (!isOwnEnvelope(bytes, start, end, from.deviceKey)) return false
  const { relay } = parts
  const to = relay.contactLink(from.sender, bytes, at)
  if (!to?.canBegin(bytes, start, isSignal) || relay.wasAccepted(to.device, bytes, start)) return false
  // Where none is left, the slow way asks again, and says for how long to wait.
  if (parts.frames.take(from.address) > 0) return false
  const delivery = new QuickDelivery(from, to, parts, requestId(bytes, at), sendTtl(bytes, at), isSignal)
  to.connection.deliver(delivery, bytes, start, end)
  return true
}

/** One envelope on its way from link to link. */
class QuickDelivery implements Delivery {
  envelope: Buffer = NOTHING
  readonly #from: DeviceLink
  readonly #to: DeviceLink
  readonly #parts: Parts
  readonly #id: number
  readonly #ttl: number
  readonly #isSignal: boolean
  /** Who else asked how it ends. */
  #ended: ((accepted: boolean) => void)[] | undefined

  constructor(from: DeviceLink, to: DeviceLink, parts: Parts, id: number, ttl: number, isSignal: boolean) {
    this.#from = from
    this.#to = to
    this.#parts = parts
    this.#id = id
    this.#ttl = ttl
    this.#isSignal = isSignal
  }

  outcome(): Promise<boolean> {
    return new Promise((resolve) => (this.#ended ??= []).push(resolve))
  }

  answered(): void {
    const { relay, counters } = this.#parts
    this.#end(true)
    relay.accepted(this.#to.device, this.envelope)
    counters.ended('delivered', this.envelope.length)
    this.#from.connection.delivered(this.#id)
  }

  failed(error: ParleyError): void {
    this.#parts.log.debug({ err: error }, 'a live delivery was not accepted')
    this.#end(false)
    void this.#sendOn()
  }

  #end(accepted: boolean): void {
    for (const ended of this.#ended ?? []) ended(accepted)
  }

  async #sendOn(): Promise<void> {
    const { relay, counters } = this.#parts
    const { address, device } = this.#to
    const urgency = (this.#isSignal ? { signal: true, $kind: 'signal' } : { message: true, $kind: 'message' }) as never
    const send: SendRequest = { address, device, ttl: this.#ttl, urgency, envelope: new Uint8Array(this.envelope) }
    const { connection, sender } = this.#from
    try {
      const result = await relay.sendOn(sender, send, envelopeIdOf(this.envelope, 0), 'client', this.#to)
      counters.ended(result, send.envelope.length)
      connection.send('sendResult', this.#id, { result: { [result]: true } as never })
    } catch (thrown) {
      counters.refuse(thrown)
      connection.sendError(this.#id, thrown)
    }
  }
}
