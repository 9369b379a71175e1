import { type Clock, equal, Lately } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { sha256 } from '../crypto/index.ts'
import type { GroupLogPlace } from '../store/index.ts'
import { CHECK_LAST_EVERY_MS, DOUBT_EVERY_MS, DOUBT_LOOKS, LOG_PAGE, MAX_LOOKS, MAX_READ_AHEAD } from './constants.ts'
import type { OrderedLog } from './types.ts'

export interface LogPage {
  /** From the next number on, each of the number after. */
  entries: Uint8Array[]
  /** The entry before them was seen to be the one that it was, or there is none. */
  isChecked: boolean
}

/**
 * Reads logs of key updates: each entry once, and the last one that was taken again only where it is needed to know that
 * the log is the one that it was. Groups are named in hex.
 */
export class LogReader {
  readonly #clock: Clock
  /** Looks that found a log which is not the one that was, and when the last was. */
  readonly #doubts = new Map<string, { looks: number; at: number }>()
  /** When the log was last seen to be the one that it was. */
  readonly #checked: Lately
  /** What was read and not taken yet: who steps from epoch to epoch takes one at a time. */
  readonly #ahead = new Map<string, { from: number; entries: Uint8Array[] }>()

  constructor(clock: Clock) {
    this.#clock = clock
    this.#checked = new Lately(clock, CHECK_LAST_EVERY_MS)
  }

  /**
   * The entries from `place.next` on; `mustCheck`: asked of the log now, with the entry before. Answers undefined where the
   * log is not the one that was. Throws `timeout` while that is only doubted, and what the log answers.
   */
  async read(
    group: string,
    place: GroupLogPlace,
    mustCheck: boolean,
    ask: (from: number, limit: number) => ReturnType<OrderedLog['readLog']>,
  ): Promise<LogPage | undefined> {
    const isChecked = mustCheck || place.last === undefined || this.#isCheckDue(group)
    const kept = isChecked ? undefined : this.#kept(group, place.next)
    if (kept) return { entries: kept, isChecked }
    const before = isChecked ? place.last : undefined
    const from = before ? place.next - 1 : place.next
    const found = await ask(from, LOG_PAGE)
    const last = before && found.shift()
    const isSame = !before || (last?.epoch === from && equal(sha256(last.entry), before))
    if (!isSame || !found.every(({ epoch }, at) => epoch === place.next + at)) {
      if (this.#isLost(group)) return undefined
      throw new ParleyError(
        'timeout',
        'The nodes do not have the keys of this conversation in order; they are asked again.',
      )
    }
    if (isChecked) this.checked(group)
    const entries = found.map(({ entry }) => entry)
    this.#keep(group, place.next, entries)
    return { entries, isChecked }
  }

  /** The log has just been seen to be the one that it was. */
  checked(group: string): void {
    this.#doubts.delete(group)
    this.#checked.note(group)
  }

  #isCheckDue(group: string): boolean {
    return !this.#checked.has(group) || this.#doubts.has(group)
  }

  #kept(group: string, next: number): Uint8Array[] | undefined {
    const ahead = this.#ahead.get(group)
    const left = ahead && next >= ahead.from ? ahead.entries.slice(next - ahead.from) : []
    if (left.length === 0) this.#ahead.delete(group)
    return left.length > 0 ? left : undefined
  }

  #keep(group: string, from: number, entries: Uint8Array[]): void {
    this.#ahead.delete(group)
    if (entries.length < 2) return
    const [oldest] = this.#ahead.keys()
    if (this.#ahead.size >= MAX_READ_AHEAD && oldest !== undefined) this.#ahead.delete(oldest)
    this.#ahead.set(group, { from, entries })
  }

  /** Counts a look that found another log than the one that was. */
  #isLost(group: string): boolean {
    const now = this.#clock.steady()
    const before = this.#doubts.get(group) ?? { looks: 0, at: -Infinity }
    if (now - before.at < DOUBT_EVERY_MS) return false
    const looks = before.looks + 1
    if (this.#doubts.size >= MAX_LOOKS) this.#doubts.clear()
    if (looks < DOUBT_LOOKS) this.#doubts.set(group, { looks, at: now })
    else this.#doubts.delete(group)
    return looks >= DOUBT_LOOKS
  }
}
