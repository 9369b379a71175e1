import * as v from 'valibot'
import type { Clock } from '../../base/index.ts'
import type { Store } from '../../store/index.ts'
import { MOST_WISHES, WISH_MS } from './constants.ts'

const NAME = 'ion.wishes'
const kept = v.fallback(v.record(v.string(), v.number()), {})

/** New contacts to whom no connection was open yet, on disk: each until it opens once, or for some hours. */
export class Wishes {
  readonly #store: Store
  readonly #clock: Clock
  /** The other's offers that were not answered: ours replaces them. */
  readonly #replaces = new Map<string, Uint8Array>()

  constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  list(): string[] {
    return Object.keys(this.#read())
  }

  replaces(address: string): Uint8Array | undefined {
    return this.#replaces.get(address)
  }

  keep(address: string, replaces?: Uint8Array): void {
    const { [address]: _, ...others } = this.#read()
    const newest = Object.entries(others).slice(-MOST_WISHES + 1)
    if (replaces) this.#replaces.set(address, replaces)
    this.#store.settings.set(NAME, { ...Object.fromEntries(newest), [address]: this.#clock.now() + WISH_MS })
  }

  fulfilled(address: string): void {
    this.#replaces.delete(address)
    const { [address]: until, ...others } = this.#read()
    if (until !== undefined) this.#store.settings.set(NAME, others)
  }

  /** Without those whose time is over. */
  #read(): Record<string, number> {
    const all = Object.entries(v.parse(kept, this.#store.settings.get(NAME) ?? {}))
    const held = Object.fromEntries(all.filter(([, until]) => until > this.#clock.now()))
    for (const address of this.#replaces.keys()) if (held[address] === undefined) this.#replaces.delete(address)
    return held
  }
}
