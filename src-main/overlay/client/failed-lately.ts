import type { Clock } from '../../base/index.ts'

/** A node that is no candidate and could not be dialled is not tried again before. */
const RETRY_MS = 30_000
const MAX_FAILED = 512

/** Nodes that could not be dialled a moment ago, by fingerprint. */
export class FailedLately {
  readonly #clock: Clock
  readonly #at = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(fingerprint: string): void {
    if (this.#at.size >= MAX_FAILED) this.#at.clear()
    this.#at.set(fingerprint, this.#clock.steady())
  }

  delete(fingerprint: string): void {
    this.#at.delete(fingerprint)
  }

  has(fingerprint: string): boolean {
    const at = this.#at.get(fingerprint)
    if (at === undefined) return false
    if (this.#clock.steady() - at < RETRY_MS) return true
    this.#at.delete(fingerprint)
    return false
  }
}
