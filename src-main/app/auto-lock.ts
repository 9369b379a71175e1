import type { Clock } from '../base/index.ts'

/** Locks after a time without use. `minutes` 0 means never. */
export class AutoLock {
  readonly #clock: Clock
  readonly #lock: () => void
  #minutes = 0
  #cancel: (() => void) | undefined

  constructor(clock: Clock, lock: () => void) {
    this.#clock = clock
    this.#lock = lock
  }

  set(minutes: number): void {
    this.#minutes = minutes
    this.touch()
  }

  touch(): void {
    this.#cancel?.()
    this.#cancel = this.#minutes > 0 ? this.#clock.after(this.#minutes * 60_000, this.#lock) : undefined
  }

  stop(): void {
    this.#minutes = 0
    this.#cancel?.()
    this.#cancel = undefined
  }
}
