import { ParleyError } from '../../contract/index.ts'

/** Waits for an answer without a promise. */
export interface Waiting {
  /** It came. */
  answered(): void
  /** It did not, or was a refusal. */
  failed(error: ParleyError): void
}

interface Slot<W> {
  id: number
  /** By `performance.now()`. */
  due: number
  waiting: W | undefined
}

/**
 * Requests of one link that all have the same time for their answer: thousands a second without a promise or a timer for each. They
 * are due, and mostly answered, in the order in which they came: a row of places that are used again and again. A map would be made
 * anew all the time, and old ones of it would keep what it held from the collector's quick rounds (measured).
 */
export class Unanswered<W extends Waiting> {
  readonly #ms: number
  readonly #slots: Slot<W>[] = []
  /** Those that wait stand from here to before `#end`, with gaps. */
  #first = 0
  #end = 0
  #size = 0
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number) {
    this.#ms = ms
  }

  get size(): number {
    return this.#size
  }

  add(id: number, waiting: W): void {
    if (this.#end === this.#slots.length && this.#size < this.#end / 2) this.#closeGaps()
    const due = performance.now() + this.#ms
    const slot = this.#slots[this.#end++]
    this.#size++
    if (slot) {
      slot.id = id
      slot.due = due
      slot.waiting = waiting
    } else this.#slots.push({ id, due, waiting })
    this.#timer ??= setTimeout(() => this.#look(), this.#ms)
  }

  /** Takes whoever waits for this answer. */
  take(id: number): W | undefined {
    for (let at = this.#first; at < this.#end; at++) if (this.#slots[at]?.id === id) return this.#clear(at)
    return undefined
  }

  /** The first of which it is true. */
  find(is: (waiting: W) => boolean): W | undefined {
    for (let at = this.#first; at < this.#end; at++) {
      const waiting = this.#slots[at]?.waiting
      if (waiting && is(waiting)) return waiting
    }
    return undefined
  }

  /** The link is gone. */
  fail(error: ParleyError): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#first < this.#end) this.#clear(this.#first)?.failed(error)
  }

  #clear(at: number): W | undefined {
    const slot = this.#slots[at]
    const waiting = slot?.waiting
    if (!slot || !waiting) return undefined
    slot.waiting = undefined
    this.#size--
    while (this.#first < this.#end && !this.#slots[this.#first]?.waiting) this.#first++
    if (this.#first === this.#end) this.#first = this.#end = 0
    return waiting
  }

  #closeGaps(): void {
    let to = 0
    for (let at = this.#first; at < this.#end; at++) {
      const [slot, free] = [this.#slots[at], this.#slots[to]]
      if (!slot?.waiting || !free) continue
      this.#slots[to++] = slot
      if (slot !== free) this.#slots[at] = free
    }
    this.#first = 0
    this.#end = to
  }

  #look(): void {
    this.#timer = undefined
    const now = performance.now()
    while (this.#first < this.#end) {
      const due = this.#slots[this.#first]?.due ?? 0
      if (due > now) {
        this.#timer = setTimeout(() => this.#look(), Math.ceil(due - now))
        return
      }
      this.#clear(this.#first)?.failed(new ParleyError('timeout', 'The other side did not answer in time.'))
    }
  }
}
