import type { Clock } from '../../base/index.ts'

/** Waits for something to change, and not for long. */
export class Wakes {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Looks with each `wake` whether `pending` still holds; resolves when it does not, or after `ms`. */
  async while(pending: () => boolean, ms: number): Promise<void> {
    const end = this.#clock.steady() + ms
    for (let left = ms; left > 0 && pending(); left = end - this.#clock.steady()) await this.#wait(left)
  }

  wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel()
        this.#waiting.delete(done)
        resolve()
      }
      const cancel = this.#clock.after(ms, done)
      this.#waiting.add(done)
    })
  }
}
