import { type ActivityFilter, ParleyError } from '../../contract/index.ts'
import type { ActivityRow, Store } from '../../store/index.ts'

/** 32 bytes in base58. */
const DIGEST = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/
/** Rows read at a time while a filter looks for those that it lets through. */
const READ_AT_ONCE = 500

/** The activities on this device, filtered and in pages: no ledger is asked. */
export class Activities {
  readonly #store: Store
  /** The user's name for an address: a contact's, or one of its own accounts'. */
  readonly #nameOf: (address: string) => string | undefined

  constructor(store: Store, nameOf: (address: string) => string | undefined) {
    this.#store = store
    this.#nameOf = nameOf
  }

  /** Newest first. Throws `invalid_params` for a `before` that is no digest, `not_found` where the account has none such. */
  page(account: number, limit: number, before: string | undefined, filter: ActivityFilter = {}): ActivityRow[] {
    const { activities } = this.#store
    let place = before === undefined ? undefined : this.#place(account, before)
    const { from, to, kinds, ...tested } = filter
    const fits = this.#test(tested)
    const most = Object.keys(tested).length > 0 ? READ_AT_ONCE : Math.min(limit, READ_AT_ONCE)
    const found: ActivityRow[] = []
    for (;;) {
      const rows = activities.page(account, most, { before: place, from, to, kinds })
      found.push(...rows.filter(fits))
      if (found.length >= limit || rows.length < most) return found.slice(0, limit)
      place = rows.at(-1)
    }
  }

  #place(account: number, before: string): ActivityRow {
    checkDigest(before)
    const row = this.#store.activities.get(account, before)
    if (!row) throw new ParleyError('not_found', 'This account has no such transaction.')
    return row
  }

  #test({
    direction,
    state,
    text,
  }: Pick<ActivityFilter, 'direction' | 'state' | 'text'>): (row: ActivityRow) => boolean {
    const wanted = text?.trim().toLowerCase()
    return (row) =>
      (direction === undefined || row.direction === direction) &&
      (state === undefined || row.state === state) &&
      (wanted === undefined || wanted === '' || this.#words(row).some((word) => word.toLowerCase().includes(wanted)))
  }

  #words({ counterparty, digest, note }: ActivityRow): string[] {
    const name = counterparty === undefined ? undefined : this.#nameOf(counterparty)
    return [name, counterparty, digest, note].filter((word) => word !== undefined)
  }
}

/** Throws `invalid_params`. */
export function checkDigest(text: string): void {
  if (!DIGEST.test(text)) throw new ParleyError('invalid_params', 'This is not the digest of a transaction.')
}
