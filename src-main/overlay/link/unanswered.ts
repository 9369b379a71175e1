import { ParleyError } from '../../contract/index.ts'

/** Waits for an answer without a promise. */
export interface Waiting {
  /** It came. */
  answered(): void
  /** It did not, or was a refusal. */
  failed(error: ParleyError): void
}

interface Entry {
  waiting: Waiting
  /** By `performance.now()`. */
  due: number
}

/**
 * Requests of one link that all have the same time for their answer: thousands a second without a promise or a timer for each. They
 * are due in the order in which they came, so one timer is enough.
 */
export class Unanswered {
  readonly #ms: number
  readonly #entries = new Map<number, Entry>()
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number) {
    this.#ms = ms
  }

  get size(): number {
    return this.#entries.size
  }

  add(id: number, waiting: Waiting): void {
    this.#entries.set(id, { waiting, due: performance.now() + this.#ms })
    this.#timer ??= setTimeout(() => this.#look(), this.#ms)
  }

  /** Takes whoever waits for this answer. */
  take(id: number): Waiting | undefined {
    const entry = this.#entries.get(id)
    if (!entry) return undefined
    this.#entries.delete(id)
    return entry.waiting
  }

  /** The link is gone. */
  fail(error: ParleyError): void {
    clearTimeout(this.#timer)
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    for (const { waiting } of entries) waiting.failed(error)
  }

  #look(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const [id, { waiting, due }] of this.#entries) {
      if (due > now) {
        this.#timer = setTimeout(() => this.#look(), Math.ceil(due - now))
        return
      }
      this.#entries.delete(id)
      waiting.failed(new ParleyError('timeout', 'The other side did not answer in time.'))
    }
  }
}
