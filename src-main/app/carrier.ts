import { ParleyError } from '../contract/index.ts'
import type { Overlay, SendResult, Urgency } from '../overlay/index.ts'
import type { Peers } from '../peer/index.ts'
import type { Carrier } from '../post/index.ts'

/**
 * The direct path where one is open, the relay otherwise and after any fault of the direct path.
 * `overlay` is absent until the ledger's chain is known for the first time.
 */
export class PathChoice implements Carrier {
  readonly #peers: Peers
  readonly #overlay: () => Overlay | undefined

  constructor(peers: Peers, overlay: () => Overlay | undefined) {
    this.#peers = peers
    this.#overlay = overlay
  }

  async send(
    to: { address: string; device: string },
    envelope: Uint8Array,
    urgency: Urgency,
    ttlMs: number,
  ): Promise<SendResult> {
    if (urgency === 'message' && this.#peers.isOpen(to.device)) {
      try {
        await this.#peers.send(to.device, envelope)
        return 'delivered'
      } catch {
        // The relay takes over; the other side drops the repeat if the first copy arrived after all.
      }
    }
    const overlay = this.#overlay()
    if (!overlay) throw new ParleyError('offline', 'Parley has no connection yet.')
    return overlay.send(to, envelope, urgency, ttlMs)
  }
}
