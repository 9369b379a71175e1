import type { Clock } from '../../base/index.ts'

/** A link that is not needed any more stays for this long: what is on its way over it arrives. */
const OVERLAP_MS = 3_000

/** Links that are not needed any more, by fingerprint, each until its end. */
export class Leaving {
  readonly #clock: Clock
  readonly #ends = new Map<string, () => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(fingerprint: string): boolean {
    return this.#ends.has(fingerprint)
  }

  begin(fingerprint: string, end: () => void): void {
    this.#ends.set(fingerprint, this.#clock.after(OVERLAP_MS, end))
  }

  /** It is needed again, or gone. */
  forget(fingerprint: string): void {
    this.#ends.get(fingerprint)?.()
    this.#ends.delete(fingerprint)
  }

  stop(): void {
    for (const cancel of this.#ends.values()) cancel()
    this.#ends.clear()
  }
}
