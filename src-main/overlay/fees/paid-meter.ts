import { type Clock, DAY_MS } from '../../base/index.ts'
import type { NodePrices } from '../../ledger/index.ts'
import type { SendRequest } from '../../wire/index.ts'
import type { SendResult } from '../types.ts'
import { paymentRequired } from './asks.ts'
import type { FeeBook } from './book.ts'
import type { AppendRequest, Meter, User } from './meter.ts'
import { appendOrder, type Order, readOrder, type Repeatable, sendOrder, type Used } from './orders.ts'
import { creditOf, nanosOf, partsOf, partsOfNanos, type Use } from './prices.ts'

/** What is on its way and will use so much at most: of the free allowance in bytes, or of the credit in parts of a NANO. */
interface Held {
  isFree: boolean
  bytes: number
  parts: bigint
}
const NOTHING: Held = { isFree: true, bytes: 0, parts: 0n }

/**
 * The meter of a node with prices. What is accepted counts once, however often it is repeated while it is kept; what is served from the free
 * allowance of the day is free as a whole, any other is charged as a whole. The allowance is an address's; what is charged is a
 * device's, which pays by a channel of its own.
 */
export class PaidMeter implements Meter {
  readonly isFree = false
  readonly #book: FeeBook
  readonly #prices: NodePrices
  readonly #allowance: number
  readonly #clock: Clock
  /** NANOS of postage that a device has paid in advance, and that use must not take. */
  readonly #held: (device: string) => bigint
  /** Of what is on its way: bytes of the free allowance by address, and parts of a NANO by device. */
  readonly #free = new Map<string, number>()
  readonly #parts = new Map<string, bigint>()
  /** The last one of each name that is on its way: the same again waits for it, as only then it is known whether it was counted. */
  readonly #running = new Map<string, Promise<void>>()

  constructor(options: {
    book: FeeBook
    prices: NodePrices
    allowanceBytes: number
    clock: Clock
    held: (device: string) => bigint
  }) {
    this.#book = options.book
    this.#prices = options.prices
    this.#allowance = options.allowanceBytes
    this.#clock = options.clock
    this.#held = options.held
  }

  send(from: User, send: SendRequest, work: () => Promise<SendResult>): Promise<SendResult> {
    return this.#inTurn(from, sendOrder(from.device, send), work)
  }

  append<R extends { value: Uint8Array }>(from: User, append: AppendRequest, work: () => Promise<R>): Promise<R> {
    return this.#inTurn(from, appendOrder(from.device, append), work)
  }

  read<R extends { entries: readonly { entry: Uint8Array }[] }>(from: User, work: () => Promise<R>): Promise<R> {
    return this.#count(from, readOrder, undefined, work)
  }

  covers(from: User): boolean {
    if (this.usedToday(from.address) + (this.#free.get(from.address) ?? 0) < this.#allowance) return true
    return this.#over(from, 1n) <= 0n
  }

  /** NANOS of a device that no voucher promises yet; below zero where more was promised than used. */
  unpaid({ address, device }: User): bigint {
    const { charged, postage, paid } = this.#book.use(address, device)
    return nanosOf(charged) + postage - paid
  }

  /** Bytes of today's free allowance that are used. */
  usedToday(address: string): number {
    return this.#book.freeUsed(address, Math.floor(this.#clock.now() / DAY_MS))
  }

  async #inTurn<A, R extends A>(from: User, order: Repeatable<A>, work: () => Promise<R>): Promise<R> {
    const name = Buffer.from(order.key).toString('base64')
    const before = this.#running.get(name)
    const turn = Promise.withResolvers<void>()
    this.#running.set(name, turn.promise)
    try {
      await before
      const keptUntil = this.#book.keptUntil(order.key)
      if (keptUntil !== undefined && keptUntil > this.#clock.now()) return await work()
      return await this.#count(from, order, keptUntil, work)
    } finally {
      turn.resolve()
      if (this.#running.get(name) === turn.promise) this.#running.delete(name)
    }
  }

  /** `before`: it was counted before, and is not kept any more since then. */
  async #count<A, R extends A>(
    from: User,
    order: Order<A>,
    before: number | undefined,
    work: () => Promise<R>,
  ): Promise<R> {
    // Relayed again it costs nothing, but storing it again does.
    const rest = (use: Use): Use => (before === undefined ? use : { ...use, relayedBytes: 0n })
    let held = this.#hold(from, Number(order.most.relayedBytes), rest(order.most))
    try {
      const result = await work()
      const used = order.used(result, this.#clock.now())
      if (!used || (before !== undefined && used.keptUntil === 0)) return result
      const use = used.keptUntil === undefined ? used.use : rest(used.use)
      const bytes = Number(used.use.relayedBytes)
      if (held.isFree ? bytes > held.bytes : partsOf(this.#prices, use) > held.parts) {
        this.#release(from, held)
        held = NOTHING
        held = this.#hold(from, bytes, use)
      }
      await this.#write(from, order, { ...used, use }, held.isFree ? bytes : undefined)
      return result
    } finally {
      this.#release(from, held)
    }
  }

  /** `free`: bytes of the allowance; undefined where it is charged. */
  #write(
    from: User,
    { key }: Pick<Order<never>, 'key'>,
    { use, keptUntil }: Used,
    free: number | undefined,
  ): Promise<void> {
    const charge = free === undefined ? partsOf(this.#prices, use) : 0n
    const repeat = key && keptUntil !== undefined ? { key, keptUntil } : undefined
    return this.#book.count({ ...from, repeat, use, free: free ?? 0, charge, now: this.#clock.now() })
  }

  #hold(from: User, bytes: number, use: Use): Held {
    const { address, device } = from
    const free = this.#free.get(address) ?? 0
    if (this.usedToday(address) + free + bytes <= this.#allowance) {
      this.#free.set(address, free + bytes)
      return { isFree: true, bytes, parts: 0n }
    }
    const parts = partsOf(this.#prices, use)
    const held = this.#parts.get(device) ?? 0n
    const over = this.#over(from, held + parts)
    if (over > 0n)
      throw paymentRequired(nanosOf(over), "Today's free allowance is used up. This node asks for payment.")
    this.#parts.set(device, held + parts)
    return { isFree: false, bytes: 0, parts }
  }

  /** Parts of a NANO that neither vouchers nor the credit cover, with so many more than are charged. */
  #over({ address, device }: User, more: bigint): bigint {
    const { charged, postage, paid } = this.#book.use(address, device)
    const open = this.#book.channelsOf(address, device).filter(({ state }) => state === 'open')
    // Not more than is there to pay it from: a channel with next to nothing in it gives next to no credit.
    const left = open.reduce((sum, channel) => sum + channel.deposited - channel.paid, 0n)
    const most = creditOf(this.#prices)
    const credit = left < most ? left : most
    const forUse = paid - postage - this.#held(device)
    return charged + more - partsOfNanos(forUse + credit)
  }

  #release({ address, device }: User, { bytes, parts }: Held): void {
    const freeLeft = (this.#free.get(address) ?? 0) - bytes
    if (freeLeft > 0) this.#free.set(address, freeLeft)
    else this.#free.delete(address)
    const partsLeft = (this.#parts.get(device) ?? 0n) - parts
    if (partsLeft > 0n) this.#parts.set(device, partsLeft)
    else this.#parts.delete(device)
  }
}
