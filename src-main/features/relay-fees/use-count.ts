import type { Log } from '../../base/index.ts'
import { appendUse, nanosOf, NO_PRICES, partsOf, relayUse, type Use } from '../../overlay/index.ts'
import type { RelayUseRow, Store } from '../../store/index.ts'
import { MAX_LOG_ENTRY_BYTES, MAX_LOG_PAGE_BYTES } from '../../wire/index.ts'
import { payablePrices } from './accepted-prices.ts'
import type { Asked, UsedHere } from './asked.ts'
import type { ToldFees } from './types.ts'

/** Repeats of these are not counted again; as many as one device has on its way at most. */
const MAX_COUNTED = 4_096
const NOTHING: Use = { relayedBytes: 0n, storedByteMs: 0n }
/** What one use comes to at most: a page that is read, an entry that is kept for longest. */
const LARGEST: Use = {
  relayedBytes: relayUse(MAX_LOG_PAGE_BYTES).relayedBytes,
  storedByteMs: appendUse(MAX_LOG_ENTRY_BYTES).storedByteMs,
}

/** Something that was asked for and is not answered yet. */
export interface Flight {
  key: string | undefined
  at: number
  most: Use
}

/** What this device used of one node, counted here by the same rule as there, on disk. */
export class UseCount {
  readonly #store: Store
  readonly #node: string
  readonly #log: Log
  /** Until when it is kept, in ms since 1970; 0 where it is not. */
  readonly #counted = new Map<string, number>()
  readonly #flights = new Set<Flight>()
  /** What the node may have counted beyond the count here: what was not answered, and repeats of what it has forgotten. */
  #doubt: Use = NOTHING
  /** Until this process has been in step with the node once, what an earlier one did not write down may be missing here. */
  #inStep = false
  #told: ToldFees | undefined

  constructor(store: Store, node: string, log: Log) {
    this.#store = store
    this.#node = node
    this.#log = log
  }

  get row(): RelayUseRow {
    return this.#store.relayFees.use(this.#node) ?? { node: this.#node, meter: 0n, ...NOTHING, promised: 0n }
  }

  begin({ key, most }: Pick<Asked<never>, 'key' | 'most'>, now: number): Flight {
    const flight = { key, at: now, most }
    this.#flights.add(flight)
    return flight
  }

  /** It was served, refused, not answered, or is nothing that counts (undefined). */
  end(flight: Flight, how: UsedHere | 'refused' | 'unknown' | undefined): void {
    this.#flights.delete(flight)
    if (how === undefined || how === 'refused') return
    if (how === 'unknown') {
      this.#doubt = sum(this.#doubt, flight.most)
      return
    }
    const { use, keptMs } = how
    const { row } = this
    const counted = keptMs === undefined ? use : this.#counts(flight, use)
    this.#store.relayFees.saveUse({ ...row, ...sum(row, counted) })
    this.#doubt = sum(this.#doubt, difference(use, counted))
    if (flight.key === undefined || keptMs === undefined) return
    const keptUntil = keptMs === 0 ? 0 : flight.at + keptMs
    this.#counted.set(flight.key, Math.max(keptUntil, this.#counted.get(flight.key) ?? 0))
    for (const key of this.#counted.keys()) {
      if (this.#counted.size <= MAX_COUNTED) break
      this.#counted.delete(key)
    }
  }

  /** What a node counts of it: nothing while it is kept, what storing it takes where it was only relayed, or is kept no more. */
  #counts({ key, at }: Flight, use: Use): Use {
    const keptUntil = key === undefined ? undefined : this.#counted.get(key)
    if (keptUntil === undefined) return use
    return keptUntil > at ? NOTHING : { ...use, relayedBytes: 0n }
  }

  /** Notes that a voucher promised more; within the transaction that keeps the voucher. */
  promise(nanos: bigint): void {
    const { row } = this
    this.#store.relayFees.saveUse({ ...row, promised: row.promised + nanos })
  }

  /** The most that this device can owe the node in all, at the list price; the free allowance is a gift on top. */
  most(): bigint {
    const uses = [...this.#flights].map(({ most }) => most)
    const use = [this.#doubt, ...uses].reduce(sum, this.row)
    return nanosOf(partsOf(this.#prices(), use))
  }

  #prices(): ToldFees['prices'] {
    return this.#told ? payablePrices(this.#store, this.#node, this.#told.prices) : NO_PRICES
  }

  /** Takes over what the node counted, as far as what was not answered and repeats explain it. While something is on its way nothing can be said. */
  reconcile(told: ToldFees): void {
    const before = this.#told
    this.#told = told
    const { row } = this
    if (row.meter !== told.meter) return this.#begin(told)
    if (this.#flights.size > 0) return
    const theirs = { relayedBytes: told.relayedBytes, storedByteMs: told.storedByteMs }
    const more = theirs.relayedBytes - row.relayedBytes
    const known = sum(row, sum(this.#doubt, this.#inStep ? NOTHING : LARGEST))
    if (theirs.relayedBytes <= known.relayedBytes && theirs.storedByteMs <= known.storedByteMs) {
      this.#store.relayFees.saveUse({ ...row, ...theirs })
      this.#doubt = NOTHING
      this.#inStep = true
    } else if (before?.relayedBytes !== told.relayedBytes || before.storedByteMs !== told.storedByteMs)
      this.#log.warn({ node: this.#node, more: `${more}` }, 'a node counted more than this device used; it is not paid')
  }

  /** The node counts from the beginning, or this device has not counted here yet. */
  #begin(told: ToldFees): void {
    const charged = told.charged
    const owed = told.unpaid
    const isNew = this.#store.relayFees.use(this.#node) === undefined
    // What was counted under another number was of another book: it says nothing of this one.
    const theirs = { relayedBytes: told.relayedBytes, storedByteMs: told.storedByteMs }
    // The node's word alone: it must not make this device owe anything that it did not see itself use.
    const said = nanosOf(partsOf(this.#prices(), theirs))
    const settled = charged > owed ? charged - owed : 0n
    const promised = settled > said ? settled : said
    this.#store.relayFees.saveUse({ node: this.#node, meter: told.meter, ...theirs, promised })
    this.#inStep = true
    if (!isNew) this.#log.info({ node: this.#node }, 'a node began to count anew')
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
