import type { Fact } from './types.ts'

type Listener = (facts: readonly Fact[]) => void

/** Who is told what was applied. One that throws does not stop the others. */
export class Listeners {
  readonly #listeners = new Set<Listener>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  add(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(facts: readonly Fact[]): void {
    if (facts.length === 0) return
    for (const listener of [...this.#listeners]) {
      try {
        listener(facts)
      } catch (error) {
        this.#onError(error)
      }
    }
  }
}
