import { type Clock, type Log, SerialQueue } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { Ledger, LedgerPage } from '../../ledger/index.ts'
import type { AccountRow, ActivityRow, Store } from '../../store/index.ts'
import { fromLedger, merged, sameActivity } from './activity.ts'

/** Most looks find nothing new: a short page is enough to see where the last one ended. */
const NEWEST_PAGE = 20
/** The most that the ledger gives. */
const OLDER_PAGE = 50
/** About 5 MB; older ones are on the ledger and in its explorers. */
const MOST_ACTIVITIES = 20_000
/** The ledger's clock against this machine's. */
const CLOCKS_APART_MS = 5_000
const MOST_GAPS = 16
/** A place that the ledger refuses this often in a row is not asked for again: nodes prune. */
const MOST_FAULTS = 3

export interface HistorySyncParts {
  store: Store
  ledger: Ledger
  clock: Clock
  log: Log
  onActivity: (row: ActivityRow) => void
}

/**
 * Brings an account's transactions from the ledger into the database, newest first. Where more came than one page holds
 * while nobody looked, the place is kept as a gap and filled page by page, over restarts too.
 */
export class HistorySync {
  readonly #parts: HistorySyncParts
  /** One step at a time: two that read the same page would both find it new. */
  readonly #queue = new SerialQueue()
  readonly #since: number
  #faults = 0

  constructor(parts: HistorySyncParts) {
    this.#parts = parts
    this.#since = parts.clock.now() - CLOCKS_APART_MS
  }

  /** Asks for the newest. Answers whether there was anything new. */
  newest(account: AccountRow): Promise<boolean> {
    return this.#queue.run(async () => {
      const page = await this.#parts.ledger.history(account.address, NEWEST_PAGE)
      const { store } = this.#parts
      const { news, fresh } = store.transaction(() => {
        const saved = this.#save(account, page)
        if (page.cursor === undefined || saved.reached || saved.fresh === 0) return saved
        const gaps = store.accounts.get(account.index)?.gaps ?? []
        store.accounts.setGaps(account.index, [page.cursor, ...gaps].slice(0, MOST_GAPS))
        return saved
      })
      // What an account had before it was looked at for the first time is no news.
      const seen = account.balanceAt !== undefined
      for (const row of news) if (seen || row.at >= this.#since) this.#parts.onActivity(row)
      return fresh > 0
    })
  }

  /** Asks for one older page. Answers whether there may be more. */
  older(index: number): Promise<boolean> {
    return this.#queue.run(async () => {
      const { store, ledger, log } = this.#parts
      const account = store.accounts.get(index)
      const cursor = account?.gaps[0]
      if (!account || cursor === undefined) return false
      if (store.activities.count(index) >= MOST_ACTIVITIES) return this.#close(index, [])
      try {
        const page = await ledger.history(account.address, OLDER_PAGE, cursor)
        this.#faults = 0
        return store.transaction(() => {
          const { reached } = this.#save(account, page)
          const rest = account.gaps.slice(1)
          const last = reached || page.transactions.length === 0 || page.cursor === cursor
          const next = last || page.cursor === undefined ? [] : [page.cursor]
          return this.#close(index, [...next, ...rest])
        })
      } catch (thrown) {
        if (++this.#faults < MOST_FAULTS) throw thrown
        this.#faults = 0
        log.warn({ code: toParleyError(thrown).code }, 'the ledger does not give older transactions')
        return this.#close(index, account.gaps.slice(1))
      }
    })
  }

  #close(index: number, gaps: string[]): boolean {
    this.#parts.store.accounts.setGaps(index, gaps)
    return gaps.length > 0
  }

  /**
   * Within a transaction. `reached`: one of them had been told of before, so nothing is missing between. `news`: those that
   * the user has not seen as they are.
   */
  #save(account: AccountRow, page: LedgerPage): { fresh: number; reached: boolean; news: ActivityRow[] } {
    const { store } = this.#parts
    const news: ActivityRow[] = []
    let fresh = 0
    let reached = false
    for (const transaction of page.transactions.toReversed()) {
      const known = store.activities.get(account.index, transaction.digest)
      if (known?.synced) {
        reached = true
        continue
      }
      const row = merged(fromLedger(transaction, account.index, account.address), known)
      store.activities.save(row)
      fresh++
      if (!known || !sameActivity(known, row)) news.push({ ...row, note: known?.note })
    }
    if (fresh > 0) store.activities.prune(account.index, MOST_ACTIVITIES)
    return { fresh, reached, news }
  }
}
