import type { Clock } from '../base/index.ts'
import { ALONE_MS } from '../features/ion/index.ts'
import type { LinkStatus } from '../overlay/index.ts'
import type { Store } from '../store/index.ts'

/** On disk: a node was linked since the card was published. */
const LINKED = 'ion.linked'

export interface AloneOptions {
  store: Store
  /** How long no node has been linked. */
  unlinkedMs: () => number
  /** The card may be out of date now. */
  changed: () => void
  clock: Clock
}

/**
 * Tells when a device that was at nodes has lost them all for longer than one takes to start again: who would write to it there
 * is told by a new card, which is dated later than its last presence. Once for each loss.
 */
export class Alone {
  readonly #options: AloneOptions
  #cancel = () => {}

  constructor(options: AloneOptions) {
    this.#options = options
  }

  stop(): void {
    this.#cancel()
  }

  /** How the links to nodes stand now. */
  links(links: readonly Pick<LinkStatus, 'state'>[]): void {
    const { store } = this.#options
    const isLinked = links.some(({ state }) => state === 'connected')
    if (isLinked && store.settings.get(LINKED) !== true) store.settings.set(LINKED, true)
  }

  /** The ledger's turn has begun, or is over. */
  turned(isLedgers: boolean): void {
    this.#cancel()
    if (isLedgers) this.#await()
  }

  /** Timers may fire a millisecond before their time. */
  #await(): void {
    const { unlinkedMs, changed, clock } = this.#options
    const rest = Math.ceil(ALONE_MS - unlinkedMs())
    if (rest <= 0) changed()
    else this.#cancel = clock.after(rest, () => this.#await())
  }

  /** The card on the ledger is of before, and somebody may miss this device. */
  get isCardOld(): boolean {
    const { store, unlinkedMs } = this.#options
    if (unlinkedMs() < ALONE_MS || store.settings.get(LINKED) !== true) return false
    return store.contacts.list().some(({ state }) => state === 'accepted')
  }

  published(): void {
    const { store, unlinkedMs } = this.#options
    if (unlinkedMs() > 0) store.settings.set(LINKED, undefined)
  }
}
