import * as v from 'valibot'
import type { Clock } from '../../base/index.ts'
import type { Store } from '../../store/index.ts'
import { MOST_WHEREABOUTS } from './constants.ts'

const NAME = 'ion.whereabouts'
const count = v.pipe(v.number(), v.minValue(0))
const place = v.object({ device: v.optional(v.string()), heard: count, seen: count })
const kept = v.fallback(v.record(v.string(), place), {})
type Place = v.InferOutput<typeof place>

/**
 * Where each contact gave its last sign of life, on disk: on the ledger (a record for this device, or a new card) or at nodes.
 * Both leave cards behind when they go, so only the later of the two says by which way somebody can be reached now.
 */
export class Whereabouts {
  readonly #store: Store
  readonly #clock: Clock
  /** As on disk, the one that changed longest ago first; read with the first question. */
  #places: Map<string, Place> | undefined
  /** Newer than what is on disk: a presence comes every half minute. */
  readonly #seen = new Map<string, number>()

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** A record of this device of theirs, or its card, dated `at`, stands on the ledger. */
  heard(address: string, device: string, at: number): void {
    const before = this.#of(address)
    const heard = Math.min(at, this.#clock.now())
    if (heard > before.heard) this.#keep(address, { ...before, device, heard })
  }

  /** Nodes have the address online, or `left`: had it until now. */
  seen(address: string, left = false): void {
    const isNews = !this.#seen.has(address)
    const before = this.#of(address)
    const seen = this.#clock.now()
    if (isNews || left) this.#keep(address, { ...before, seen })
    if (left) this.#seen.delete(address)
    else this.#seen.set(address, seen)
  }

  /** The device that was on the ledger later than any was at nodes. */
  deviceOf(address: string): string | undefined {
    const { device, heard, seen } = this.#of(address)
    return heard > seen ? device : undefined
  }

  #of(address: string): Place {
    const known = this.#read().get(address) ?? { heard: 0, seen: 0 }
    return { ...known, seen: Math.max(known.seen, this.#seen.get(address) ?? 0) }
  }

  #keep(address: string, place: Place): void {
    const places = this.#read()
    places.delete(address)
    const [oldest] = places.keys()
    if (places.size >= MOST_WHEREABOUTS && oldest !== undefined) places.delete(oldest)
    places.set(address, place)
    this.#store.settings.set(NAME, Object.fromEntries(places))
  }

  #read(): Map<string, Place> {
    this.#places ??= new Map(Object.entries(v.parse(kept, this.#store.settings.get(NAME) ?? {})))
    return this.#places
  }
}
