import type { Log } from '../../base/index.ts'
import { nanosOf, NO_PRICES, partsOf, type Use, useOf } from '../../overlay/index.ts'
import type { RelayUseRow, Store } from '../../store/index.ts'
import { MAX_ENVELOPE_BYTES } from '../../wire/index.ts'
import { payablePrices } from './accepted-prices.ts'
import type { ToldFees } from './types.ts'

/** Repeats of these are not counted again; as many as one device has on its way at most. */
const MAX_COUNTED = 4_096
const NOTHING: Use = { relayedBytes: 0n, storedByteMs: 0n }

/** A send on its way. */
export interface Flight {
  key: string
  use: Use
  queued: Use
}

/** What this device used of one node, counted here by the same rule as there, on disk. */
export class UseCount {
  readonly #store: Store
  readonly #node: string
  readonly #log: Log
  readonly #counted = new Set<string>()
  readonly #flights = new Set<Flight>()
  /** Sends without an answer: the node may have counted them. */
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

  begin(key: string, bytes: number, ttl: number): Flight {
    const isRepeat = this.#counted.has(key)
    const use = isRepeat ? NOTHING : useOf(bytes, ttl, 'delivered')
    const flight = { key, use, queued: isRepeat ? NOTHING : useOf(bytes, ttl, 'queued') }
    this.#flights.add(flight)
    return flight
  }

  /** The send was accepted, refused (or dropped), or not answered. */
  end(flight: Flight, how: 'delivered' | 'queued' | 'refused' | 'unknown'): void {
    this.#flights.delete(flight)
    if (how === 'refused' || this.#counted.has(flight.key)) return
    if (how === 'unknown') {
      this.#doubt = sum(this.#doubt, flight.queued)
      return
    }
    this.#counted.add(flight.key)
    for (const key of this.#counted) {
      if (this.#counted.size <= MAX_COUNTED) break
      this.#counted.delete(key)
    }
    const { row } = this
    this.#store.relayFees.saveUse({ ...row, ...sum(row, how === 'queued' ? flight.queued : flight.use) })
  }

  /** Notes that a voucher promised more; within the transaction that keeps the voucher. */
  promise(nanos: bigint): void {
    const { row } = this
    this.#store.relayFees.saveUse({ ...row, promised: row.promised + nanos })
  }

  /** The most that this device can owe the node in all, at the list price; the free allowance is a gift on top. */
  most(): bigint {
    const uses = [...this.#flights].map(({ queued }) => queued)
    const use = [this.#doubt, ...uses].reduce(sum, this.row)
    return nanosOf(partsOf(this.#prices(), use))
  }

  #prices(): ToldFees['prices'] {
    return this.#told ? payablePrices(this.#store, this.#node, this.#told.prices) : NO_PRICES
  }

  /** Takes over what the node counted, as far as sends without an answer explain it. While sends are on their way nothing can be said. */
  reconcile(told: ToldFees): void {
    const before = this.#told
    this.#told = told
    const { row } = this
    if (row.meter !== told.meter) return this.#begin(told)
    if (this.#flights.size > 0) return
    const theirs = { relayedBytes: told.relayedBytes, storedByteMs: told.storedByteMs }
    const more = theirs.relayedBytes - row.relayedBytes
    const known = this.#doubt.relayedBytes + (this.#inStep ? 0n : BigInt(MAX_ENVELOPE_BYTES))
    if (more <= known) {
      this.#store.relayFees.saveUse({ ...row, ...theirs })
      this.#doubt = NOTHING
      this.#inStep = true
    } else if (before?.relayedBytes !== told.relayedBytes)
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
