import * as v from 'valibot'
import { type Clock, DailyBudget } from '../../base/index.ts'
import { type Fee, ParleyError } from '../../contract/index.ts'
import type { Store } from '../../store/index.ts'
import { RECORDS_PER_DAY } from './constants.ts'
import type { MemoPurpose, Spent } from './types.ts'

const NAME = 'ion.spent'
const TODAY = 'ion.records'
const purposes = ['card', 'contact', 'room'] as const
const nanos = v.pipe(
  v.string(),
  v.regex(/^-?\d{1,20}$/),
  v.transform((text) => BigInt(text)),
)
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const accountSchema = v.object({ records: count, burned: nanos, deposit: nanos })
const kept = v.fallback(v.record(v.picklist(purposes), v.optional(accountSchema)), {})
type Account = v.InferOutput<typeof accountSchema>

/** What records on the ledger have cost, for each purpose, on disk; and how many more may be written today. */
export class Spending {
  readonly #store: Store
  readonly #today: DailyBudget
  /** Under way: they count against the day before they are paid. */
  readonly #pending = new Map<MemoPurpose, number>()

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#today = new DailyBudget(TODAY, store.settings, clock)
  }

  /** Runs a payment within the day's budget and notes its fee. Throws `rate_limited`. */
  async within<T extends { fee: Fee }>(purpose: MemoPurpose, pay: () => Promise<T>): Promise<T> {
    this.check(purpose)
    this.#pending.set(purpose, (this.#pending.get(purpose) ?? 0) + 1)
    try {
      const paid = await pay()
      this.#note(purpose, paid.fee)
      return paid
    } finally {
      this.#pending.set(purpose, (this.#pending.get(purpose) ?? 1) - 1)
    }
  }

  /** Throws `rate_limited`, with the time until the next day, where today's budget of a purpose is used up. */
  check(purpose: MemoPurpose): void {
    const pending = this.#pending.get(purpose) ?? 0
    if (this.#today.used(purpose) + pending < RECORDS_PER_DAY[purpose]) return
    const sentence = "Today's budget for connections through the ledger is used up; it goes on at 00:00 UTC."
    throw new ParleyError('rate_limited', sentence, { retryAfter: this.#today.endsIn })
  }

  spent(purpose?: MemoPurpose): Spent {
    const accounts = (purpose ? [purpose] : purposes).map((each) => this.#of(each))
    return {
      records: accounts.reduce((sum, { records }) => sum + records, 0),
      fee: {
        burned: accounts.reduce((sum, { burned }) => sum + burned, 0n),
        deposit: accounts.reduce((sum, { deposit }) => sum + deposit, 0n),
        relay: 0n,
      },
    }
  }

  #note(purpose: MemoPurpose, fee: Fee): void {
    this.#today.take(purpose, Number.MAX_SAFE_INTEGER)
    const before = this.#of(purpose)
    const account: Account = {
      records: before.records + 1,
      burned: before.burned + fee.burned,
      deposit: before.deposit + fee.deposit,
    }
    const all = { ...this.#read(), [purpose]: account }
    const text = Object.entries(all).map(([name, each]) => [
      name,
      each && { ...each, burned: String(each.burned), deposit: String(each.deposit) },
    ])
    this.#store.settings.set(NAME, Object.fromEntries(text))
  }

  #of(purpose: MemoPurpose): Account {
    return this.#read()[purpose] ?? { records: 0, burned: 0n, deposit: 0n }
  }

  #read(): Partial<Record<MemoPurpose, Account | undefined>> {
    return v.parse(kept, this.#store.settings.get(NAME) ?? {})
  }
}
