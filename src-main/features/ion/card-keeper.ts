import { backoff, type Clock, type Log, type Random, toHex } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { Sealer } from '../../post/index.ts'
import type { Store } from '../../store/index.ts'
import { hash256 } from '../../wire/index.ts'
import { issueCard } from './card.ts'
import type { Cards } from './cards.ts'
import { CARD_CHECK_MS, CARD_RETRY_FIRST_MS, CARD_RETRY_MOST_MS } from './constants.ts'
import type { CardState, MemoBoard } from './types.ts'

export interface CardKeeperParts {
  board: MemoBoard
  cards: Cards
  sealer: Sealer
  /** The last-resort key package, made where there is none or it is old. */
  keyPackage: () => Promise<Uint8Array>
  /** Whether others may need it: it is public for ever, and of no use while nodes carry everything. */
  wanted: () => boolean
  /** The card does not say that this device is at no node any more. */
  isOld?: () => boolean
  published?: () => void
  store: Store
  changed: () => void
  clock: Clock
  random: Random
  log: Log
}

/** What was published last: hex of a hash over chain, certificate and key package. */
const NAME = 'ion.card'

/** Keeps this device findable: its card is published when it is missing or something in it has changed, never in a loop. */
export class CardKeeper {
  readonly #parts: CardKeeperParts
  #state: CardState = { state: 'none' }
  #running = false
  #checked = false
  #busy = false
  #again = false
  #faults = 0
  #cancel = () => {}

  constructor(parts: CardKeeperParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = true
    this.look()
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  get state(): CardState {
    return this.#state
  }

  /** After something changed: the setting, the balance, the certificate. */
  look(): void {
    if (!this.#running) return
    if (this.#busy) {
      this.#again = true
      return
    }
    this.#cancel()
    this.#busy = true
    this.#again = false
    void this.#keep().then((wait) => {
      this.#busy = false
      if (this.#again) return this.look()
      if (this.#running) this.#cancel = this.#parts.clock.after(wait, () => this.look())
    })
  }

  /** Answers the milliseconds until the next look. Never throws. */
  async #keep(): Promise<number> {
    try {
      const { board, wanted } = this.#parts
      if (board.allowed() && wanted()) await this.#publishWhereNeeded()
      else if (!board.allowed() || this.#state.state !== 'published') this.#tell({ state: 'none' })
      this.#faults = 0
      return CARD_CHECK_MS
    } catch (thrown) {
      const { code, retryAfter = 0 } = toParleyError(thrown)
      if (!this.#running) return CARD_CHECK_MS
      if (this.#faults === 0) this.#parts.log.warn({ code }, 'the card for the ledger waits')
      this.#tell({ state: 'waiting', reason: code })
      return Math.max(retryAfter, backoff(this.#faults++, CARD_RETRY_FIRST_MS, CARD_RETRY_MOST_MS, this.#parts.random))
    }
  }

  async #publishWhereNeeded(): Promise<void> {
    const { board, sealer, store, clock } = this.#parts
    const keyPackage = await this.#parts.keyPackage()
    const content = toHex(hash256(Buffer.from(sealer.chain), sealer.certificate.signed, keyPackage))
    const isOther = store.settings.get(NAME) !== content || (this.#parts.isOld?.() ?? false)
    if (isOther || !(await this.#isThere())) {
      this.#tell({ state: 'publishing' })
      await board.write(sealer.certificate.addressText, issueCard(sealer, keyPackage, clock.now()), 'card')
      store.settings.set(NAME, content)
      this.#parts.published?.()
    }
    this.#checked = true
    this.#tell({ state: 'published' })
  }

  /** Once in each run: a ledger may have been begun anew, or the card lies too deep under later transactions. */
  async #isThere(): Promise<boolean> {
    const { cards, sealer } = this.#parts
    return this.#checked || (await cards.find(sealer.certificate.addressText, true)) !== undefined
  }

  #tell(state: CardState): void {
    if (state.state === this.#state.state && state.reason === this.#state.reason) return
    this.#state = state
    this.#parts.changed()
  }
}
