import type { Clock } from '../base/index.ts'
import { ALONE_MS } from '../features/ion/index.ts'
import type { LinkStatus } from '../overlay/index.ts'
import type { Store } from '../store/index.ts'

/** On disk: a node was linked since the card was published. */
const LINKED = 'ion.linked'
/** The ledger is looked at four times as often: after a longer silence the machine slept, or had no network. */
const SILENCE_MS = 60_000

export interface AloneOptions {
  store: Store
  /** The card is out of date now. */
  changed: () => void
  clock: Clock
}

/**
 * Tells when a device that was at nodes has lost them all for longer than one takes to start again, while the ledger answered:
 * who would write to it there is told by a new card, which is dated later than its last presence. Once for each loss; a machine
 * that wakes, or has a network again, gives its nodes their time anew.
 */
export class Alone {
  readonly #options: AloneOptions
  #linked = false
  /** The ledger has answered since then, and no node was linked. */
  #since: number | undefined
  #answeredAt = 0
  #told = false

  constructor(options: AloneOptions) {
    this.#options = options
  }

  /** How the links to nodes stand now. */
  links(links: readonly Pick<LinkStatus, 'state'>[]): void {
    const { store } = this.#options
    this.#linked = links.some(({ state }) => state === 'connected')
    if (!this.#linked) return
    this.#since = undefined
    this.#told = false
    if (store.settings.get(LINKED) !== true) store.settings.set(LINKED, true)
  }

  /** The ledger has answered a look. */
  answered(): void {
    const now = this.#options.clock.now()
    if (this.#linked) return
    const wasAway = Math.abs(now - this.#answeredAt) > SILENCE_MS
    if (wasAway || this.#since === undefined) this.#since = now
    this.#answeredAt = now
    if (this.#told || !this.isCardOld) return
    this.#told = true
    this.#options.changed()
  }

  /** The card on the ledger is of before, and somebody may miss this device. */
  get isCardOld(): boolean {
    const { store, clock } = this.#options
    if (this.#since === undefined || clock.now() - this.#since < ALONE_MS) return false
    if (store.settings.get(LINKED) !== true) return false
    return store.contacts.list().some(({ state }) => state === 'accepted')
  }

  published(): void {
    if (!this.#linked) this.#options.store.settings.set(LINKED, undefined)
  }
}
