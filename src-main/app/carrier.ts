import { ParleyError } from '../contract/index.ts'
import type { Urgency } from '../overlay/index.ts'
import type { Carrier, Sent } from '../post/index.ts'
import type { OutboxRow } from '../store/index.ts'
import type { AccountContext } from './account-types.ts'

/**
 * The direct path where one is open, the relay otherwise and after any fault of the direct path; the ledger where no relay can
 * be used and the user has not refused, and for requests and acceptances of whom only the ledger knows: what is said to them
 * waits at the nodes meanwhile.
 * `overlay` is absent until the ledger's chain is known for the first time.
 */
export class PathChoice implements Carrier {
  readonly #account: AccountContext

  constructor(account: AccountContext) {
    this.#account = account
  }

  async send(
    to: { address: string; device: string },
    envelope: Uint8Array,
    urgency: Urgency,
    ttlMs: number,
    kind: OutboxRow['kind'],
  ): Promise<Sent> {
    if (urgency === 'message' && this.#account.peers.isOpen(to.device)) {
      try {
        await this.#account.peers.send(to.device, envelope)
        this.#account.relay.direct('sent', envelope.length)
        return 'direct'
      } catch {
        // The relay takes over; the other side drops the repeat if the first copy arrived after all.
      }
    }
    if (kind === 'room') return this.#toMember(to, envelope, urgency, ttlMs)
    const ledger = this.#account.ion
    // What the own devices tell each other is worth no fee: it waits for a node.
    const isLetter = kind === 'request' || kind === 'accept'
    if (kind !== 'own' && (ledger.usable || (isLetter && ledger.reaches(to.address)))) {
      await ledger.send(to, envelope, kind)
      return 'queued'
    }
    const overlay = this.#account.overlay
    if (!overlay) throw new ParleyError('offline', 'Parley has no connection yet.')
    return overlay.send(to, envelope, urgency, ttlMs)
  }

  /** What is said in a room goes over the direct connection, or by the nodes to a member who is also there as a contact. */
  async #toMember(
    to: { address: string; device: string },
    envelope: Uint8Array,
    urgency: Urgency,
    ttlMs: number,
  ): Promise<Sent> {
    const overlay = this.#account.overlay
    const address = this.#account.rooms.names.addressOf(to.address, to.device)
    if (address === undefined || !overlay?.isOnline(address))
      throw new ParleyError('offline', 'This member of the room is not there now.')
    return overlay.send({ address, device: to.device }, envelope, urgency, ttlMs)
  }
}
