import type { Log } from '../../base/index.ts'
import { creditOf, nanosOf, NO_PRICES, partsOf, type Use } from '../../overlay/index.ts'
import type { RelayUseRow, Store } from '../../store/index.ts'
import { payablePrices } from './accepted-prices.ts'
import type { Asked, UsedHere } from './asked.ts'
import type { ToldFees } from './types.ts'

/** Repeats of so many are not counted again; as many as one device has on its way at most. */
const MAX_COUNTED = 4_096
/** Of the same thing: it may be lost on its way now and then, and each time the node may or may not have it. */
const MAX_DOUBTS = 3
const NOTHING: Use = { relayedBytes: 0n, storedByteMs: 0n }
const UNKNOWN = { meter: 0n, ...NOTHING, due: 0n, since: NOTHING, open: NOTHING, promised: 0n }

/** Something that was asked for and is not answered yet. */
export type Flight = Pick<Asked<never>, 'key' | 'most' | 'mostMs'> & { at: number }

/**
 * What this device used of one node, counted here by the same rule as there, on disk. What it owes for that grows only by what was
 * asked for from here: a node that forgets its count, or names another, is due nothing for it.
 */
export class UseCount {
  readonly #store: Store
  readonly #node: string
  readonly #log: Log
  /** Until when it is kept, in ms since 1970; 0 where it is not. */
  readonly #counted = new Map<string, number>()
  /** What was not answered: until when it is kept at most, in ms since 1970, and how often it was in doubt. */
  readonly #unanswered = new Map<string, { until: number; times: number }>()
  readonly #flights = new Set<Flight>()
  /** What the node may have counted beyond the count here: what was not answered, and repeats of what it has forgotten. */
  #doubted: Use | undefined
  #told: ToldFees | undefined

  constructor(store: Store, node: string, log: Log) {
    this.#store = store
    this.#node = node
    this.#log = log
  }

  get row(): RelayUseRow {
    return this.#store.relayFees.use(this.#node) ?? { node: this.#node, ...UNKNOWN }
  }

  /** On disk when it returns: after a kill it is known that the node may have counted it. */
  begin({ key, most, mostMs }: Omit<Flight, 'at'>, now: number): Flight {
    const { row } = this
    const flight = { key, at: now, most, mostMs }
    const open = larger(row.open, sum(this.#open, most))
    if (!isWithin(open, row.open)) this.#store.relayFees.saveUse({ ...row, open })
    this.#flights.add(flight)
    return flight
  }

  /** It was served, refused, not answered, or is nothing that counts (undefined). */
  end(flight: Flight, how: UsedHere | 'refused' | 'unknown' | undefined): void {
    const doubt = this.#doubt
    this.#flights.delete(flight)
    if (how === undefined || how === 'refused') return
    if (how === 'unknown') {
      if (this.#isNewDoubt(flight)) this.#doubted = sum(doubt, flight.most)
      return
    }
    const { use, keptMs } = how
    const { row } = this
    const counted = keptMs === undefined ? use : this.#counts(flight, use)
    this.#store.relayFees.saveUse({ ...row, ...sum(row, counted), since: sum(row.since, counted) })
    this.#doubted = sum(doubt, difference(use, counted))
    if (keptMs === undefined) return
    const keptUntil = keptMs === 0 ? 0 : flight.at + keptMs
    this.#counted.set(flight.key, Math.max(keptUntil, this.#counted.get(flight.key) ?? 0))
    trim(this.#counted)
  }

  /** Nothing more is begun by this process. */
  rest(): void {
    const { row } = this
    const open = this.#open
    if (!isWithin(row.open, open)) this.#store.relayFees.saveUse({ ...row, open })
  }

  /** Notes that a voucher promised more; within the transaction that keeps the voucher. */
  promise(nanos: bigint): void {
    const { row } = this
    this.#store.relayFees.saveUse({ ...row, promised: row.promised + nanos })
  }

  /** The most that this device can owe the node in all, at the prices that were agreed to; the free allowance is a gift on top. */
  most(): bigint {
    const { due, since } = this.row
    return nanosOf(due + partsOf(this.#prices(this.#told), sum(since, this.#open)))
  }

  /** NANOS that may be promised now: what was used, and one credit. Not by the node's word for it, which could be a whole deposit. */
  room(): bigint {
    return this.most() + creditOf(this.#prices(this.#told)) - this.row.promised
  }

  /**
   * Takes over what the node counted since both were in step last, as far as what was not answered and repeats explain it. While
   * something is on its way nothing can be said.
   */
  reconcile(told: ToldFees): void {
    const before = this.#told
    this.#told = told
    if (this.#flights.size > 0) return
    const { row } = this
    const { meter, relayedBytes, storedByteMs } = told
    const more = difference({ relayedBytes, storedByteMs }, difference(row, row.since))
    const known = sum(row.since, this.#doubt)
    // It has lost what it counted, or a part of it: what was used is owed all the same, and from here on both count alike again.
    const isAnew = row.meter !== meter || !isWithin(NOTHING, more)
    const isKnown = isWithin(more, known)
    const counted = isAnew ? row.since : isKnown ? more : known
    const due = row.due + partsOf(this.#prices(before ?? told), counted)
    const step = { meter, relayedBytes, storedByteMs, due, since: NOTHING, open: NOTHING }
    this.#store.relayFees.saveUse({ ...row, ...step })
    this.#doubted = NOTHING
    // None of it has reached the node.
    if (isAnew || isWithin(more, row.since)) this.#unanswered.clear()
    const node = this.#node
    if (isAnew && row.meter !== 0n) this.#log.info({ node }, 'a node began to count anew')
    if (!isAnew && !isKnown)
      this.#log.warn(
        { node, more: `${more.relayedBytes}` },
        'a node counted more than this device used; it is not paid',
      )
  }

  /** What a node counts of it: nothing while it is kept, what storing it takes where it was only relayed, or is kept no more. */
  #counts({ key, at }: Flight, use: Use): Use {
    const keptUntil = this.#counted.get(key)
    if (keptUntil === undefined) return use
    return keptUntil > at ? NOTHING : { ...use, relayedBytes: 0n }
  }

  /** A node that counts the same thing and never answers is not due it for each time that it is asked. */
  #isNewDoubt({ key, at, mostMs }: Flight): boolean {
    const known = this.#unanswered.get(key)
    const { until, times } = known && known.until > at ? known : { until: at + mostMs, times: 0 }
    if (times >= MAX_DOUBTS) return false
    this.#unanswered.set(key, { until, times: times + 1 })
    trim(this.#unanswered)
    return true
  }

  #prices(told: ToldFees | undefined): ToldFees['prices'] {
    return told ? payablePrices(this.#store, this.#node, told.prices) : NO_PRICES
  }

  /** What an earlier process left open may have been counted. */
  get #doubt(): Use {
    return (this.#doubted ??= this.row.open)
  }

  get #open(): Use {
    return [...this.#flights].map(({ most }) => most).reduce(sum, this.#doubt)
  }
}

function trim(keys: Map<string, unknown>): void {
  for (const key of keys.keys()) {
    if (keys.size <= MAX_COUNTED) return
    keys.delete(key)
  }
}

function sum(one: Use, other: Use): Use {
  return {
    relayedBytes: one.relayedBytes + other.relayedBytes,
    storedByteMs: one.storedByteMs + other.storedByteMs,
  }
}

function difference(one: Use, other: Use): Use {
  return {
    relayedBytes: one.relayedBytes - other.relayedBytes,
    storedByteMs: one.storedByteMs - other.storedByteMs,
  }
}

function larger(one: Use, other: Use): Use {
  const max = (a: bigint, b: bigint) => (a > b ? a : b)
  return {
    relayedBytes: max(one.relayedBytes, other.relayedBytes),
    storedByteMs: max(one.storedByteMs, other.storedByteMs),
  }
}

/** Both counts are at most the other's. */
function isWithin(one: Use, other: Use): boolean {
  return one.relayedBytes <= other.relayedBytes && one.storedByteMs <= other.storedByteMs
}
