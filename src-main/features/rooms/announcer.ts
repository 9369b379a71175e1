import { backoff, type Clock, type Log, type Random } from '../../base/index.ts'
import { type Fee, ParleyError, toParleyError } from '../../contract/index.ts'
import {
  AGAIN_FIRST_MS,
  AGAIN_MOST_MS,
  ANSWER_EVERY_MS,
  DAY_MS,
  FAULT_FIRST_MS,
  FAULT_MOST_MS,
  FIRST_ANNOUNCE_MS,
  MAX_LETTERS_PER_DAY,
  MAX_TICKETS_PER_DAY,
  PAUSED_MS,
} from './constants.ts'

export interface AnnouncerParts {
  clock: Clock
  random: Random
  log: Log
  /** Seals a record for the present window and leaves it there. */
  post(record: Uint8Array): Promise<Fee>
  /** The record of a fresh ticket. */
  ticket(): Promise<Uint8Array>
  /** Nobody is connected. */
  alone(): boolean
  spent(fee: Fee): void
  /** The reason of a pause, or its end. */
  changed(): void
}

/** Writes a room's records on the ledger within their budgets, and says why it does not. */
export class Announcer {
  readonly #parts: AnnouncerParts
  #reason: string | undefined
  #tickets: number[] = []
  #letters: number[] = []
  #again = 0
  #faults = 0
  #busy = false
  #running = false
  #cancel = () => {}

  constructor(parts: AnnouncerParts) {
    this.#parts = parts
  }

  /** Why nothing is written: `payment_required`, `insufficient_funds`, `rate_limited` … */
  get reason(): string | undefined {
    return this.#reason
  }

  start(): void {
    this.#running = true
    this.#in(FIRST_ANNOUNCE_MS * (1 + this.#parts.random.float()))
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  /** Somebody wrote a ticket and has to begin: it needs ours, unless one is there to be read. */
  answer(): void {
    const last = this.#tickets.at(-1) ?? 0
    if (this.#parts.clock.now() - last >= ANSWER_EVERY_MS) this.#in(0, true)
  }

  /** The last connection is gone: waiting begins anew, but not at once, for the other may only restart. */
  lonely(): void {
    this.#again = 0
    this.#in(AGAIN_FIRST_MS / 2)
  }

  /** What was in the way may be gone: consent was given, or money has come. */
  recheck(): void {
    if (this.#reason !== undefined) this.#in(0)
  }

  /** A letter to one member. Throws what writing a record throws, and `rate_limited` beyond the day's budget. */
  async letter(record: Uint8Array): Promise<void> {
    this.#letters = this.#recent(this.#letters)
    if (this.#letters.length >= MAX_LETTERS_PER_DAY) throw tooMany()
    this.#letters.push(this.#parts.clock.now())
    await this.#write(record)
  }

  #in(ms: number, asked = false): void {
    this.#cancel()
    if (!this.#running) return
    this.#cancel = this.#parts.clock.after(ms, () => {
      if (this.#busy || (!asked && !this.#parts.alone())) return
      this.#busy = true
      void this.#announce().finally(() => (this.#busy = false))
    })
  }

  async #announce(): Promise<void> {
    const { random, log } = this.#parts
    try {
      this.#tickets = this.#recent(this.#tickets)
      if (this.#tickets.length >= MAX_TICKETS_PER_DAY) throw tooMany()
      await this.#write(await this.#parts.ticket())
      this.#tickets.push(this.#parts.clock.now())
      this.#faults = 0
      this.#in(backoff(this.#again++, AGAIN_FIRST_MS * 1.3, AGAIN_MOST_MS, random))
    } catch (thrown) {
      const { code } = toParleyError(thrown)
      if (this.#running) log.debug({ code }, 'a ticket could not be written')
      const wait =
        this.#reason === undefined ? backoff(this.#faults++, FAULT_FIRST_MS, FAULT_MOST_MS, random) : PAUSED_MS
      this.#in(wait, !this.#parts.alone())
    }
  }

  async #write(record: Uint8Array): Promise<void> {
    try {
      this.#parts.spent(await this.#parts.post(record))
      this.#setReason(undefined)
    } catch (thrown) {
      const { code } = toParleyError(thrown)
      if (PAUSES.has(code)) this.#setReason(code)
      throw thrown
    }
  }

  #setReason(reason: string | undefined): void {
    if (reason === this.#reason) return
    this.#reason = reason
    this.#parts.changed()
  }

  #recent(times: number[]): number[] {
    return times.filter((at) => at > this.#parts.clock.now() - DAY_MS)
  }
}

/** Faults that only the user, or time, can mend; everything else is tried again soon. */
const PAUSES: ReadonlySet<string> = new Set(['payment_required', 'insufficient_funds', 'rate_limited', 'not_supported'])

function tooMany(): ParleyError {
  return new ParleyError('rate_limited', 'This room has used up its records on the ledger for today.')
}
