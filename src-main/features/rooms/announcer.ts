import { backoff, type Clock, type DailyBudget, type Log, type Random } from '../../base/index.ts'
import { type Fee, ParleyError, toParleyError } from '../../contract/index.ts'
import {
  AGAIN_FIRST_MS,
  AGAIN_MOST_MS,
  ANSWER_EVERY_MS,
  FAULT_FIRST_MS,
  FAULT_MOST_MS,
  FIRST_ANNOUNCE_MS,
  MAX_LETTERS_PER_DAY,
  MAX_TICKETS_PER_DAY,
  PAUSED_MS,
} from './constants.ts'

export interface AnnouncerParts {
  room: string
  /** Of all rooms; over restarts. */
  budget: DailyBudget
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
  /** The first ticket of this run is written. */
  announced(): void
  /** The reason of a pause, or its end. */
  changed(): void
}

/** Writes a room's records on the ledger within their budgets, and says why it does not. */
export class Announcer {
  readonly #parts: AnnouncerParts
  #reason: string | undefined
  #lastTicketAt = -Infinity
  #announced = false
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

  /** A ticket of this run is on the ledger. */
  get announced(): boolean {
    return this.#announced
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
    if (this.#parts.clock.steady() - this.#lastTicketAt >= ANSWER_EVERY_MS) this.#in(0, true)
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
    const { budget, room } = this.#parts
    if (!budget.take(`letter ${room}`, MAX_LETTERS_PER_DAY)) throw this.#tooMany()
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
    const { random, log, budget, clock } = this.#parts
    const name = `ticket ${this.#parts.room}`
    try {
      if (budget.used(name) >= MAX_TICKETS_PER_DAY) throw this.#tooMany()
      await this.#write(await this.#parts.ticket())
      budget.take(name, MAX_TICKETS_PER_DAY)
      this.#lastTicketAt = clock.steady()
      this.#faults = 0
      this.#tellAnnounced()
      this.#in(backoff(this.#again++, AGAIN_FIRST_MS * 1.3, AGAIN_MOST_MS, random))
    } catch (thrown) {
      const { code } = toParleyError(thrown)
      if (this.#running) log.debug({ code }, 'a ticket could not be written')
      const wait =
        this.#reason === undefined ? backoff(this.#faults++, FAULT_FIRST_MS, FAULT_MOST_MS, random) : PAUSED_MS
      this.#in(wait, !this.#parts.alone())
    }
  }

  #tellAnnounced(): void {
    if (this.#announced) return
    this.#announced = true
    if (this.#running) this.#parts.announced()
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

  #tooMany(): ParleyError {
    const sentence = "This room's records on the ledger for today are used up; it goes on at 00:00 UTC."
    return new ParleyError('rate_limited', sentence, { retryAfter: this.#parts.budget.endsIn })
  }
}

/** Faults that only the user, or time, can mend; everything else is tried again soon. */
const PAUSES: ReadonlySet<string> = new Set(['payment_required', 'insufficient_funds', 'rate_limited', 'not_supported'])
