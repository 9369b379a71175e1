import { fromHex, toHex } from '../../base/index.ts'
import { sha256, type SigningKey } from '../../crypto/index.ts'
import { signAccepted } from '../mailbox/acceptance.ts'
import { envelopeHead } from '../relay/envelope-head.ts'
import type { OverlayEvents, OverlayIdentity } from '../types.ts'
import type { NodeLink } from './node-link.ts'

/** Envelopes that are remembered; what is older is dropped again by the session layer's own record. */
const MAX_KNOWN = 10_000
/** Deliveries of one envelope over one link that wait for its accept: one of its mailbox, few that somebody waits for. */
const MAX_WAITING = 4

interface Arrival {
  /** 32 hex digits. */
  id: string
  /** SHA-256 of the envelope. */
  digest: Uint8Array
  accepted: boolean
  /** For mailboxes: made once, however many nodes have it. */
  signature?: Uint8Array
  /** Deliveries that wait for the accept. */
  waiting: Waiting[]
}

interface Waiting {
  link: NodeLink
  requestId: number
}

interface InboxOptions {
  identity: OverlayIdentity
  emit: (payload: OverlayEvents['envelope']) => void
}

/**
 * Envelopes as they come, from several nodes and more than once: each is told once, and every delivery of it is
 * answered when it is accepted. They are told apart by their bytes: a node could send something else under a known id.
 */
export class Inbox {
  readonly #address: string
  readonly #key: SigningKey
  readonly #emit: InboxOptions['emit']
  readonly #known = new Map<string, Arrival>()

  constructor({ identity, emit }: InboxOptions) {
    this.#address = identity.certificate.addressText
    this.#key = identity.deviceKey
    this.#emit = emit
  }

  /** Throws `invalid_params` for what is no envelope. */
  arrived(link: NodeLink, requestId: number, bytes: Uint8Array): void {
    const { id, from } = envelopeHead(bytes)
    const digest = sha256(bytes)
    const key = toHex(digest)
    const known = this.#known.get(key)
    if (known) {
      wait(known, { link, requestId })
      if (known.accepted) this.#answer(known)
      return
    }
    const arrival: Arrival = { id, digest, accepted: false, waiting: [{ link, requestId }] }
    this.#remember(key, arrival)
    this.#emit({
      bytes,
      fromDevice: from,
      accept: () => {
        arrival.accepted = true
        this.#answer(arrival)
      },
    })
  }

  /** The link is gone: what it brought and was not accepted comes again, and is told again. */
  lost(link: NodeLink): void {
    for (const [key, arrival] of this.#known) {
      arrival.waiting = arrival.waiting.filter((delivery) => delivery.link !== link)
      if (!arrival.accepted && arrival.waiting.length === 0) this.#known.delete(key)
    }
  }

  #answer(arrival: Arrival): void {
    for (const { link, requestId } of arrival.waiting) {
      // With an id somebody waits for the answer; without one it comes from a mailbox.
      if (requestId !== 0) link.connection?.send('accept', requestId, { id: fromHex(arrival.id) })
      else link.connection?.send('acceptMail', 0, { digest: arrival.digest, signature: this.#signed(arrival) })
    }
    arrival.waiting = []
  }

  #signed(arrival: Arrival): Uint8Array {
    return (arrival.signature ??= signAccepted(this.#key, { address: this.#address, digest: arrival.digest }))
  }

  #remember(key: string, arrival: Arrival): void {
    this.#known.set(key, arrival)
    if (this.#known.size <= MAX_KNOWN) return
    const oldest = this.#known.keys().next().value
    if (oldest !== undefined) this.#known.delete(oldest)
  }
}

/** A node that says it again and again gets the newest answered: it must not fill this device, nor take the place of other nodes. */
function wait({ waiting }: Arrival, delivery: Waiting): void {
  const own = waiting.filter(({ link }) => link === delivery.link)
  const before = own.find(({ requestId }) => requestId === delivery.requestId)
  const gives = before ?? (own.length >= MAX_WAITING ? own[0] : undefined)
  if (gives) waiting.splice(waiting.indexOf(gives), 1)
  waiting.push(delivery)
}
