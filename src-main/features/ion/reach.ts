import { backoff, type Clock, DailyBudget, type Log, type Random } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { Store } from '../../store/index.ts'
import {
  ANSWERS_PER_DAY,
  CONNECTIONS_PER_DAY,
  EXPECT_MS,
  MOST_REACHED,
  OFFER_AGAIN_FIRST_MS,
  OFFER_AGAIN_MOST_MS,
  OFFERS_PER_DAY,
  RETURNED_MS,
  SKEW_MS,
  STALE_GATHER_MS,
  STALE_KEEP_MS,
  STALE_MS,
  UNSENT_FIRST_MS,
  UNSENT_MOST_MS,
  WAITING_LOOK_MS,
} from './constants.ts'
import { Wishes } from './wishes.ts'

export interface ReachParts {
  store: Store
  /** Records may be written, and there is no better way to this address. `asked`: the user says that there is none. */
  usable: (address: string, asked: boolean) => boolean
  /** Something waits for this address, and the ledger is not its way as far as is known. */
  seek?: (address: string) => void
  /** The device of an address to offer a connection to. */
  deviceOf: (address: string) => Promise<string | undefined>
  /** There is a direct path to the address, or one is being arranged. */
  isReached: (address: string) => boolean
  connect: (device: string, replaces: Uint8Array | undefined) => void
  /** Throws `rate_limited` where today's budget for all contacts is used up. */
  checkBudget: () => void
  /** Contacts for whom the user has written something that waits. */
  waiting: () => string[]
  clock: Clock
  random: Random
  log: Log
}

interface Tries {
  offers: number
  lastAt: number
  notBefore: number
  /** The last offer counts against the day. */
  counted: boolean
  /** In a row, that could not be written. */
  unsent: number
}

/**
 * Decides when a connection is offered through the ledger, which costs a record: after an acceptance, where something that the
 * user wrote waits, where the other offered while this device was away, or where the user asks for it. Never in a loop.
 */
export class Reach {
  readonly #parts: ReachParts
  readonly #tries = new Map<string, Tries>()
  readonly #stale = new Map<string, Uint8Array>()
  readonly #counts: DailyBudget
  readonly #wishes: Wishes
  /** Offers of people who are blocked: ours, once they are not, replaces them. */
  readonly #ignored = new Map<string, Uint8Array>()
  readonly #busy = new Set<string>()
  #running = false
  #expectUntil = 0
  #cancelLook = () => {}

  constructor(parts: ReachParts) {
    this.#parts = parts
    this.#counts = new DailyBudget('ion.offers', parts.store.settings, parts.clock)
    this.#wishes = new Wishes(parts.store, parts.clock)
  }

  start(): void {
    this.#running = true
    this.#lookLater()
  }

  stop(): void {
    this.#running = false
    this.#cancelLook()
  }

  /** An answer may come any moment: the ledger is looked at every second. */
  get expecting(): boolean {
    return this.#parts.clock.now() < this.#expectUntil
  }

  /** A record for this address is safe: an answer is looked for. */
  sent(address: string): void {
    this.#of(address).unsent = 0
    this.expect()
  }

  /** What was to be written was not, as the ledger is away or money is missing. `answered`: the offer that has no answer now. */
  unsent(address: string, answered?: Uint8Array): void {
    const { clock, random } = this.#parts
    const tries = this.#of(address)
    if (answered) this.#wishes.keep(address, answered)
    else tries.offers = Math.max(0, tries.offers - 1)
    const taken = answered ? ['answer', 'answered'] : tries.counted ? ['offer', 'offered'] : []
    for (const kind of taken) this.#counts.giveBack(`${kind} ${address}`)
    const wait = backoff(tries.unsent++, UNSENT_FIRST_MS, UNSENT_MOST_MS, random)
    Object.assign(tries, { lastAt: 0, notBefore: clock.now() + wait, counted: false })
    this.expect()
  }

  /** The ledger answers again, or money has come: what could not be written goes now. */
  back(): void {
    for (const tries of this.#tries.values()) if (tries.unsent > 0) tries.notBefore = 0
    this.#look()
  }

  /** Something is on its way to the ledger, or an answer from there. */
  expect(): void {
    this.#expectUntil = this.#parts.clock.now() + EXPECT_MS
  }

  /** A path is open: the next failure begins counting anew, and what led here does not count. */
  opened(address: string): void {
    this.#tries.delete(address)
    this.#wishes.fulfilled(address)
    for (const kind of ['offer', 'answer']) this.#counts.clear(`${kind} ${address}`)
    this.#expectUntil = 0
  }

  /** The other is about to offer; ours would only cost. */
  leaveItTo(address: string): void {
    const now = this.#parts.clock.now()
    this.#of(address).notBefore = now + OFFER_AGAIN_FIRST_MS
    this.expect()
  }

  /** A new contact: offered now, and again until it was open once, or for hours. */
  persist(address: string): void {
    this.#wishes.keep(address)
    void this.#offer(address).catch((thrown: unknown) => this.#note(thrown))
  }

  /** Offers now, unless the address is reached already, too much was tried lately, or today's share is used up. */
  want(address: string): void {
    if (this.#of(address).notBefore > this.#parts.clock.now()) return
    const replaces = this.#wishes.replaces(address) ?? this.#ignored.get(address)
    this.#ignored.delete(address)
    void this.#offer(address, replaces).catch((thrown: unknown) => this.#note(thrown))
  }

  /** The user asks: only the day's budget for everybody counts. Throws `rate_limited`, `not_found` and what asking the ledger throws. */
  async ask(address: string): Promise<void> {
    await this.#offer(address, undefined, true)
  }

  /** Whether an offer (or answer) that was sent then is to be handled; an old offer is answered by a new one of ours. */
  isFresh(sentAt: number): boolean {
    const age = this.#parts.clock.now() - sentAt
    return age <= STALE_MS && age >= -SKEW_MS
  }

  /** Answering costs a record too. */
  mayAnswer(address: string): boolean {
    return (
      this.#counts.take(`answer ${address}`, ANSWERS_PER_DAY) &&
      this.#counts.take(`answered ${address}`, CONNECTIONS_PER_DAY)
    )
  }

  /** An offer of somebody who is blocked: it stays unanswered, but waits for minutes, and would be preferred to ours. */
  ignore(address: string, session: Uint8Array): void {
    if (this.#ignored.size < MOST_REACHED || this.#ignored.has(address)) this.#ignored.set(address, session)
  }

  /** The other looked for this device while it was away. Of several such offers the last one counts. */
  missed(address: string, session: Uint8Array, sentAt: number): void {
    const { clock } = this.#parts
    if (clock.now() - sentAt > STALE_KEEP_MS || this.#stale.size >= MOST_REACHED) return
    const first = !this.#stale.has(address)
    this.#stale.set(address, session)
    if (!first) return
    clock.after(STALE_GATHER_MS, () => {
      const replaces = this.#stale.get(address)
      this.#stale.delete(address)
      if (!this.#running || clock.now() - this.#of(address).lastAt < RETURNED_MS) return
      // Nodes have not said yet whether the other is there.
      if (!this.#parts.usable(address, false)) return this.#wishes.keep(address, replaces)
      void this.#offer(address, replaces).catch((thrown: unknown) => this.#note(thrown))
    })
  }

  async #offer(address: string, replaces?: Uint8Array, asked = false): Promise<void> {
    const { usable, isReached, deviceOf, connect, checkBudget, clock, random } = this.#parts
    if (!this.#running || !usable(address, asked) || isReached(address) || this.#busy.has(address)) return
    this.#busy.add(address)
    try {
      checkBudget()
      const device = await deviceOf(address)
      if (device === undefined) throw new ParleyError('not_found', 'This contact cannot be found on the ledger yet.')
      if (!this.#running || isReached(address)) return
      if (!asked && !this.#mayOffer(address))
        throw new ParleyError('rate_limited', "Today's budget for this contact is used up; it goes on at 00:00 UTC.")
      const tries = this.#of(address)
      const wait = backoff(tries.offers++, OFFER_AGAIN_FIRST_MS, OFFER_AGAIN_MOST_MS, random)
      Object.assign(tries, { lastAt: clock.now(), notBefore: clock.now() + wait, counted: !asked })
      this.expect()
      connect(device, replaces)
    } finally {
      this.#busy.delete(address)
    }
  }

  #mayOffer(address: string): boolean {
    return (
      this.#counts.take(`offer ${address}`, OFFERS_PER_DAY) &&
      this.#counts.take(`offered ${address}`, CONNECTIONS_PER_DAY)
    )
  }

  #note(thrown: unknown): void {
    this.#parts.log.debug({ code: toParleyError(thrown).code }, 'a connection was not offered through the ledger')
  }

  #of(address: string): Tries {
    const tries = this.#tries.get(address) ?? { offers: 0, lastAt: 0, notBefore: 0, counted: false, unsent: 0 }
    const [oldest] = this.#tries.keys()
    if (this.#tries.size >= MOST_REACHED && oldest !== undefined) this.#tries.delete(oldest)
    this.#tries.set(address, tries)
    return tries
  }

  #wanted(): Set<string> {
    return new Set([...this.#parts.waiting(), ...this.#wishes.list()])
  }

  #lookLater(): void {
    this.#cancelLook = this.#parts.clock.after(WAITING_LOOK_MS, () => {
      this.#look()
      if (this.#running) this.#lookLater()
    })
  }

  #look(): void {
    if (!this.#running) return
    for (const address of this.#wanted()) {
      if (this.#parts.usable(address, false)) this.want(address)
      else this.#parts.seek?.(address)
    }
  }
}
