import { fromHex } from '../../base/index.ts'
import { envelopeHead } from '../relay/envelope-head.ts'
import type { OverlayEvents } from '../types.ts'
import type { NodeLink } from './node-link.ts'

/** Ids that are remembered; what is older is dropped again by the session layer's own record. */
const MAX_KNOWN = 10_000

interface Arrival {
  accepted: boolean
  /** Deliveries that wait for the accept. */
  waiting: { link: NodeLink; requestId: number }[]
}

/**
 * Envelopes as they come, from several nodes and more than once: each is told once, and every delivery of it is
 * answered when it is accepted.
 */
export class Inbox {
  readonly #emit: (payload: OverlayEvents['envelope']) => void
  readonly #known = new Map<string, Arrival>()

  constructor(emit: (payload: OverlayEvents['envelope']) => void) {
    this.#emit = emit
  }

  /** Throws `invalid_params` for what is no envelope. */
  arrived(link: NodeLink, requestId: number, bytes: Uint8Array): void {
    const { id, from } = envelopeHead(bytes)
    const known = this.#known.get(id)
    if (known) {
      known.waiting.push({ link, requestId })
      if (known.accepted) this.#answer(id, known)
      return
    }
    const arrival: Arrival = { accepted: false, waiting: [{ link, requestId }] }
    this.#remember(id, arrival)
    this.#emit({
      bytes,
      fromDevice: from,
      accept: () => {
        arrival.accepted = true
        this.#answer(id, arrival)
      },
    })
  }

  /** The link is gone: what it brought and was not accepted comes again, and is told again. */
  lost(link: NodeLink): void {
    for (const [id, arrival] of this.#known) {
      arrival.waiting = arrival.waiting.filter((delivery) => delivery.link !== link)
      if (!arrival.accepted && arrival.waiting.length === 0) this.#known.delete(id)
    }
  }

  #answer(id: string, arrival: Arrival): void {
    for (const { link, requestId } of arrival.waiting) link.connection?.send('accept', requestId, { id: fromHex(id) })
    arrival.waiting = []
  }

  #remember(id: string, arrival: Arrival): void {
    this.#known.set(id, arrival)
    if (this.#known.size <= MAX_KNOWN) return
    const oldest = this.#known.keys().next().value
    if (oldest !== undefined) this.#known.delete(oldest)
  }
}
