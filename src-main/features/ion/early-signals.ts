import type { LedgerSignal } from './letters.ts'

/** Requests that are answered at once; each keeps one signal of a kilobyte. */
const MOST_EARLY = 100

/**
 * Signals of people whose acceptance has not taken effect here yet: after a fault of this device an acceptance comes again, and
 * the offer that followed it does not. The last one of each is kept; beyond the bound nothing is.
 */
export class EarlySignals {
  readonly #kept = new Map<string, LedgerSignal>()

  keep(address: string, signal: LedgerSignal): void {
    if (this.#kept.size < MOST_EARLY || this.#kept.has(address)) this.#kept.set(address, signal)
  }

  /** What was kept for the address, once. */
  take(address: string): LedgerSignal | undefined {
    const signal = this.#kept.get(address)
    this.#kept.delete(address)
    return signal
  }
}
