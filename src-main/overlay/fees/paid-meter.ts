import { type Clock, DAY_MS, fromHex, utf8 } from '../../base/index.ts'
import type { NodePrices } from '../../ledger/index.ts'
import { hash256, type SendRequest } from '../../wire/index.ts'
import { envelopeHead } from '../relay/envelope-head.ts'
import type { SendResult } from '../types.ts'
import { paymentRequired } from './asks.ts'
import type { FeeBook } from './book.ts'
import type { Meter } from './meter.ts'
import { creditOf, nanosOf, partsOf, partsOfNanos, useOf } from './prices.ts'

const KEY_BYTES = 16

/** What sends that are on their way will use at most. */
interface Held {
  free: number
  parts: bigint
}

/** Names a send for the count: whoever sends which envelope to whom. */
function countKey(device: string, send: Pick<SendRequest, 'device'>, envelopeId: string): Uint8Array {
  return hash256(fromHex(device), fromHex(send.device), utf8(envelopeId)).subarray(0, KEY_BYTES)
}

/**
 * The meter of a node with prices. An accepted send counts once, however often it is repeated; a send that is served from the free
 * allowance of the day is free as a whole, any other is charged as a whole.
 */
export class PaidMeter implements Meter {
  readonly #book: FeeBook
  readonly #prices: NodePrices
  readonly #allowance: number
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()
  readonly #running = new Set<string>()

  constructor(options: { book: FeeBook; prices: NodePrices; allowanceBytes: number; clock: Clock }) {
    this.#book = options.book
    this.#prices = options.prices
    this.#allowance = options.allowanceBytes
    this.#clock = options.clock
  }

  async send(
    from: { address: string; device: string },
    send: SendRequest,
    work: () => Promise<SendResult>,
  ): Promise<SendResult> {
    const key = countKey(from.device, send, envelopeHead(send.envelope).id)
    const name = Buffer.from(key).toString('base64')
    if (this.#running.has(name) || this.#book.wasCounted(key)) return work()
    const held = this.#hold(from.address, send)
    this.#running.add(name)
    try {
      const result = await work()
      if (result === 'dropped') return result
      const use = useOf(send.envelope.length, send.ttl, result)
      const charge = held.free > 0 ? 0n : partsOf(this.#prices, use)
      await this.#book.count({ ...from, key, use, free: held.free, charge, now: this.#clock.now() })
      return result
    } finally {
      this.#running.delete(name)
      this.#release(from.address, held)
    }
  }

  /** NANOS of an address that no voucher promises yet; below zero where more was promised than used. */
  unpaid(address: string): bigint {
    const { charged, paid } = this.#book.account(address)
    return nanosOf(charged) - paid
  }

  /** Bytes of today's free allowance that are used. */
  usedToday(address: string): number {
    const { day, freeUsed } = this.#book.account(address)
    return day === Math.floor(this.#clock.now() / DAY_MS) ? freeUsed : 0
  }

  #hold(address: string, { envelope, ttl }: SendRequest): Held {
    const running = this.#held.get(address) ?? { free: 0, parts: 0n }
    const bytes = envelope.length
    const isFree = this.usedToday(address) + running.free + bytes <= this.#allowance
    const parts = isFree ? 0n : partsOf(this.#prices, useOf(bytes, ttl, 'queued'))
    if (!isFree) this.#require(address, running.parts + parts)
    const held = { free: isFree ? bytes : 0, parts }
    this.#held.set(address, { free: running.free + held.free, parts: running.parts + held.parts })
    return held
  }

  #require(address: string, parts: bigint): void {
    const { charged, paid } = this.#book.account(address)
    const hasChannel = this.#book.channelsOf(address).some(({ state }) => state === 'open')
    const allowed = partsOfNanos(paid + (hasChannel ? creditOf(this.#prices) : 0n))
    const over = charged + parts - allowed
    if (over > 0n)
      throw paymentRequired(nanosOf(over), "Today's free allowance is used up. This node asks for payment.")
  }

  #release(address: string, held: Held): void {
    const running = this.#held.get(address)
    if (!running) return
    const [free, parts] = [running.free - held.free, running.parts - held.parts]
    if (free === 0 && parts === 0n) this.#held.delete(address)
    else this.#held.set(address, { free, parts })
  }
}
