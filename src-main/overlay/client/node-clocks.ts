import type { Clock } from '../../base/index.ts'

/** Less is what clocks differ by, and what a slow link adds. */
const NOTICEABLE_MS = 60_000
/** What was compared before the clock was set, or before the machine slept, says nothing any more. */
const SET_MS = 10_000
const MAX_NODES = 64

interface Compared {
  /** This device's clock minus the node's. */
  ahead: number
  at: number
  steady: number
}

/** What the clocks of nodes say of this device's own: a wrong one has certificates refused, and looks like a dead network. */
export class NodeClocks {
  readonly #clock: Clock
  readonly #compared = new Map<string, Compared>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A node has said what time it is, ms since 1970. */
  note(fingerprint: string, theirs: number): void {
    const at = this.#clock.now()
    this.#compared.delete(fingerprint)
    this.#compared.set(fingerprint, { ahead: at - theirs, at, steady: this.#clock.steady() })
    const [oldest] = this.#compared.keys()
    if (this.#compared.size > MAX_NODES && oldest !== undefined) this.#compared.delete(oldest)
  }

  /** The median of these nodes, so that one of several says nothing alone; undefined where it is not noticeable, or nobody has said. */
  aheadMs(fingerprints: Iterable<string>): number | undefined {
    const all = [...fingerprints].flatMap((fingerprint) => this.#valid(fingerprint)).sort((a, b) => a - b)
    const [low = 0, high = 0] = [all[Math.floor((all.length - 1) / 2)], all[Math.floor(all.length / 2)]]
    const median = Math.abs(low) < Math.abs(high) ? low : high
    return Math.abs(median) < NOTICEABLE_MS ? undefined : median
  }

  #valid(fingerprint: string): number[] {
    const compared = this.#compared.get(fingerprint)
    if (!compared) return []
    const passed = this.#clock.now() - compared.at
    return Math.abs(passed - (this.#clock.steady() - compared.steady)) < SET_MS ? [compared.ahead] : []
  }
}
