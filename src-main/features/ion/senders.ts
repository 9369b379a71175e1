import type { Clock } from '../../base/index.ts'
import { MOST_FAILURES, MOST_SENDERS, MUTE_MS, STRANGER_OPENS, STRANGER_WINDOW_MS } from './constants.ts'

interface Sender {
  opens: number
  since: number
  failures: number
  mutedUntil: number
}

/** How much of this device's time each stranger has had. Bounded: at the bound the one heard longest ago is forgotten. */
export class Senders {
  readonly #clock: Clock
  readonly #known = new Map<string, Sender>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Counts one opening; false where this sender has had its share or is muted. */
  mayOpen(address: string): boolean {
    const now = this.#clock.now()
    const sender = this.#of(address)
    if (sender.mutedUntil > now) return false
    if (now - sender.since >= STRANGER_WINDOW_MS) Object.assign(sender, { opens: 0, since: now })
    if (sender.opens >= STRANGER_OPENS) return false
    sender.opens++
    return true
  }

  failed(address: string): void {
    const sender = this.#of(address)
    if (++sender.failures < MOST_FAILURES) return
    Object.assign(sender, { failures: 0, mutedUntil: this.#clock.now() + MUTE_MS })
  }

  #of(address: string): Sender {
    const sender = this.#known.get(address) ?? { opens: 0, since: this.#clock.now(), failures: 0, mutedUntil: 0 }
    this.#known.delete(address)
    this.#known.set(address, sender)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_SENDERS && oldest) this.#known.delete(oldest)
    return sender
  }
}
