import type { Clock, Log } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { Ledger, LedgerMemo } from '../../ledger/index.ts'
import { CARD_MAGIC } from '../../wire/index.ts'
import { type LedgerCard, readCard } from './card.ts'
import { CARD_KNOWN_MS, CARD_PAGES, CARD_UNKNOWN_MS, MOST_CARDS, PAGE } from './constants.ts'

export interface CardParts {
  ledger: Pick<Ledger, 'memos'>
  chain: string
  isRevoked: (address: string, device: string) => boolean
  clock: Clock
  log: Log
}

interface Known {
  found: Promise<LedgerCard | undefined>
  until: number
}

/**
 * Cards of addresses, from the ledger. Only what an address itself has sent is looked through, newest first: nobody else can
 * put a card there, nor bury it. The newest valid one counts.
 */
export class Cards {
  readonly #parts: CardParts
  readonly #known = new Map<string, Known>()

  constructor(parts: CardParts) {
    this.#parts = parts
  }

  /** Undefined where the address has none among its last 1,000 transactions. `fresh` asks the ledger in any case. */
  find(address: string, fresh = false): Promise<LedgerCard | undefined> {
    const now = this.#parts.clock.now()
    const known = this.#known.get(address)
    if (known && known.until > now && !fresh) return known.found
    const [oldest] = this.#known.keys()
    if (this.#known.size >= MOST_CARDS && oldest) this.#known.delete(oldest)
    const entry: Known = { found: this.#search(address), until: now + CARD_KNOWN_MS }
    this.#known.set(address, entry)
    entry.found.then(
      (card) => card || (entry.until = this.#parts.clock.now() + CARD_UNKNOWN_MS),
      () => (entry.until = 0),
    )
    return entry.found
  }

  /** The card among the last 50 transactions of the address; one request. */
  newest(address: string): Promise<LedgerCard | undefined> {
    return this.#search(address, 1)
  }

  async #search(address: string, pages = CARD_PAGES): Promise<LedgerCard | undefined> {
    let cursor: string | undefined
    for (let count = 0; count < pages; count++) {
      const query = { address, side: 'from', magic: CARD_MAGIC, limit: PAGE, order: 'newest' } as const
      const page = await this.#parts.ledger.memos(cursor === undefined ? query : { ...query, cursor })
      for (const memo of page.memos) {
        const card = this.#read(memo, address)
        if (card) return card
      }
      if (!page.more || page.cursor === undefined) return undefined
      cursor = page.cursor
    }
    return undefined
  }

  #read(memo: LedgerMemo, address: string): LedgerCard | undefined {
    const { chain, clock, isRevoked, log } = this.#parts
    try {
      if (memo.sender !== address) return undefined
      const card = readCard(memo.bytes, address, chain, clock.now())
      return isRevoked(address, card.device.deviceId) ? undefined : card
    } catch (thrown) {
      log.debug({ code: toParleyError(thrown).code }, 'a card on the ledger does not count')
      return undefined
    }
  }
}
