import { MAX_SEEN_SESSIONS } from './constants.ts'

/** The last sessions of a device, so that a late double of an old offer starts nothing. */
export class SeenSessions {
  readonly #ids = new Set<string>()

  has(id: string): boolean {
    return this.#ids.has(id)
  }

  add(id: string): void {
    this.#ids.add(id)
    const [oldest] = this.#ids
    if (this.#ids.size > MAX_SEEN_SESSIONS && oldest !== undefined) this.#ids.delete(oldest)
  }
}
