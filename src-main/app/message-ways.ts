import type { MessageWay } from '../post/index.ts'

/** At the bound all are forgotten: a message that has more devices to go to is then counted once more. */
const MOST_REMEMBERED = 10_000

/** How messages went since the program started: each once, by the first copy that went out, however many devices and repeats it has. */
export class MessageWays {
  readonly counts: Record<MessageWay, number> = { direct: 0, relayed: 0, stored: 0 }
  readonly #counted = new Set<string>()

  went(messageId: string, way: MessageWay): void {
    if (this.#counted.has(messageId)) return
    if (this.#counted.size >= MOST_REMEMBERED) this.#counted.clear()
    this.#counted.add(messageId)
    this.counts[way]++
  }
}
