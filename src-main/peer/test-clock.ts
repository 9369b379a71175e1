import type { Clock } from '../base/index.ts'

/** Time that passes only by `pass`. */
export class TestClock implements Clock {
  #now = 0
  #timers: { at: number; task: () => void }[] = []

  now(): number {
    return this.#now
  }

  steady(): number {
    return this.#now
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#now + ms, task }
    this.#timers.push(timer)
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer))
  }

  /** Timers that are neither over nor cancelled. */
  get waiting(): number {
    return this.#timers.length
  }

  /** Runs what is due within these ms, in its order and each at its time. */
  pass(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#timers = this.#timers.filter((each) => each !== next)
      this.#now = next.at
      next.task()
    }
    this.#now = end
  }
}
