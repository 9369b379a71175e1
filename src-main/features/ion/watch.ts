import { backoff, type Clock, type Log, type Random } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { Ledger, LedgerMemo } from '../../ledger/index.ts'
import type { Store } from '../../store/index.ts'
import {
  BEHIND_MS,
  EXPECTING_MS,
  FAULT_EXPECTING_MOST_MS,
  FAULT_FIRST_MS,
  FAULT_MOST_MS,
  MOST_AHEAD,
  PAGE,
  PAGES_PER_LOOK,
} from './constants.ts'
import type { MemoListener, MemoWatch, WatchOptions } from './types.ts'

export interface WatchParts {
  ledger: Pick<Ledger, 'memos'>
  store: Store
  clock: Clock
  random: Random
  log: Log
  /** Between looks while nothing is expected. */
  idleMs: number
  /** After every look that the ledger answered. */
  looked: () => void
}

/** The kept place of an address that had no transaction: everything is new. */
const NOTHING_YET = ''
const placeName = (address: string) => `ion.place.${address}`

/** Polls one address. A place is a transaction's digest: everything up to it was heard. */
export class AddressWatch implements MemoWatch {
  readonly #parts: WatchParts
  readonly #address: string
  readonly #options: WatchOptions
  readonly #listener: MemoListener
  /** Digests heard on a newest page, while older ones are still to come. */
  readonly #ahead = new Set<string>()
  #place: string | undefined
  #begun = false
  #running = true
  #looking = false
  #again = false
  #faults = 0
  #cancel = () => {}

  constructor(parts: WatchParts, address: string, options: WatchOptions, listener: MemoListener) {
    this.#parts = parts
    this.#address = address
    this.#options = options
    this.#listener = listener
  }

  start(): this {
    this.#lookIn(0)
    return this
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  look(): void {
    if (this.#looking) this.#again = true
    else this.#lookIn(0)
  }

  #lookIn(ms: number): void {
    this.#cancel()
    if (!this.#running) return
    this.#cancel = this.#parts.clock.after(ms, () => {
      this.#looking = true
      this.#again = false
      void this.#look().then((wait) => {
        this.#looking = false
        this.#lookIn(this.#again ? 0 : wait)
      })
    })
  }

  /** One look; answers the milliseconds until the next. Never throws. */
  async #look(): Promise<number> {
    try {
      const behind = await this.#hearNew()
      this.#parts.looked()
      if (this.#faults > 0) this.#options.back?.()
      this.#faults = 0
      if (behind) return BEHIND_MS
      return this.#options.expecting() ? EXPECTING_MS : this.#parts.idleMs
    } catch (thrown) {
      return this.#fault(thrown)
    }
  }

  #fault(thrown: unknown): number {
    const { log, random } = this.#parts
    const { code, message } = toParleyError(thrown)
    // The place is of another ledger, or this one has forgotten so old a transaction.
    if (code === 'not_found') {
      this.#place = undefined
      this.#begun = false
      this.#forgetPlace()
    }
    if (this.#running && this.#faults === 0) log.warn({ code, message }, 'memos could not be looked for')
    const most = this.#options.expecting() ? FAULT_EXPECTING_MOST_MS : FAULT_MOST_MS
    return backoff(this.#faults++, FAULT_FIRST_MS, most, random)
  }

  /** Answers whether more is waiting. */
  async #hearNew(): Promise<boolean> {
    if (!this.#begun) await this.#begin()
    for (let count = 0; count < PAGES_PER_LOOK; count++) {
      const page = await this.#page('oldest', this.#place)
      if (!this.#running) return false
      if (page.more && count === 0) await this.#hearNewest()
      await this.#hear(page.memos.filter(({ digest }) => !this.#ahead.has(digest)))
      if (!this.#running) return false
      this.#keep(page.cursor)
      if (!page.more) {
        this.#ahead.clear()
        return false
      }
    }
    return true
  }

  async #begin(): Promise<void> {
    const { from } = this.#options
    const known = from === 'kept' ? this.#parts.store.settings.get(placeName(this.#address)) : undefined
    if (typeof known === 'string') this.#place = known === NOTHING_YET ? undefined : known
    else if (from !== 'start') {
      const { memos, newest } = await this.#page('newest')
      if (!this.#running) return
      await this.#hear(memos.toReversed())
      this.#keep(newest)
      if (newest === undefined) this.#store(NOTHING_YET)
    }
    this.#begun = true
  }

  /** Behind a flood: what came last is heard before all that is in between. */
  async #hearNewest(): Promise<void> {
    const { memos } = await this.#page('newest')
    const fresh = memos.filter(({ digest }) => !this.#ahead.has(digest))
    if (this.#ahead.size + fresh.length > MOST_AHEAD) return
    await this.#hear(fresh.toReversed())
    for (const { digest } of fresh) this.#ahead.add(digest)
  }

  #page(order: 'oldest' | 'newest', cursor?: string) {
    const { magic } = this.#options
    const query = { address: this.#address, side: 'to', magic, limit: PAGE, order } as const
    return this.#parts.ledger.memos(cursor === undefined ? query : { ...query, cursor })
  }

  async #hear(memos: LedgerMemo[]): Promise<void> {
    if (memos.length > 0 && this.#running) await this.#listener(memos)
  }

  #keep(place: string | undefined): void {
    if (place === undefined || place === this.#place) return
    this.#place = place
    this.#store(place)
  }

  #store(place: string): void {
    if (this.#options.from === 'kept') this.#parts.store.settings.set(placeName(this.#address), place)
  }

  #forgetPlace(): void {
    if (this.#options.from === 'kept') this.#parts.store.settings.set(placeName(this.#address), undefined)
  }
}
