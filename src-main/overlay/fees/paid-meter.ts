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

/** What a send that is on its way will use at most. */
interface Held {
  free: number
  parts: bigint
}

interface Sender {
  address: string
  device: string
}

/** Names a send for the count: whoever sends which envelope to whom. */
function countKey(device: string, send: Pick<SendRequest, 'device'>, envelopeId: string): Uint8Array {
  return hash256(fromHex(device), fromHex(send.device), utf8(envelopeId)).subarray(0, KEY_BYTES)
}

/**
 * The meter of a node with prices. An accepted send counts once, however often it is repeated; a send that is served from the free
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
  /** Of sends on their way: bytes of the free allowance by address, and parts of a NANO by device. */
  readonly #free = new Map<string, number>()
  readonly #parts = new Map<string, bigint>()
  readonly #running = new Set<string>()

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

  async send(from: Sender, send: SendRequest, work: () => Promise<SendResult>): Promise<SendResult> {
    const key = countKey(from.device, send, envelopeHead(send.envelope).id)
    const name = Buffer.from(key).toString('base64')
    if (this.#running.has(name) || this.#book.wasCounted(key)) return work()
    const held = this.#hold(from, send)
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
      this.#release(from, held)
    }
  }

  /** NANOS of a device that no voucher promises yet; below zero where more was promised than used. */
  unpaid({ address, device }: Sender): bigint {
    const { charged, postage, paid } = this.#book.use(address, device)
    return nanosOf(charged) + postage - paid
  }

  /** Bytes of today's free allowance that are used. */
  usedToday(address: string): number {
    const { day, freeUsed } = this.#book.account(address)
    return day === Math.floor(this.#clock.now() / DAY_MS) ? freeUsed : 0
  }

  #hold(from: Sender, { envelope, ttl }: SendRequest): Held {
    const { address, device } = from
    const bytes = envelope.length
    const free = this.#free.get(address) ?? 0
    if (this.usedToday(address) + free + bytes <= this.#allowance) {
      this.#free.set(address, free + bytes)
      return { free: bytes, parts: 0n }
    }
    const parts = partsOf(this.#prices, useOf(bytes, ttl, 'queued'))
    const held = this.#parts.get(device) ?? 0n
    this.#require(from, held + parts)
    this.#parts.set(device, held + parts)
    return { free: 0, parts }
  }

  #require({ address, device }: Sender, parts: bigint): void {
    const { charged, postage, paid } = this.#book.use(address, device)
    const hasChannel = this.#book.channelsOf(address, device).some(({ state }) => state === 'open')
    const forUse = paid - postage - this.#held(device)
    const allowed = partsOfNanos(forUse + (hasChannel ? creditOf(this.#prices) : 0n))
    const over = charged + parts - allowed
    if (over > 0n)
      throw paymentRequired(nanosOf(over), "Today's free allowance is used up. This node asks for payment.")
  }

  #release({ address, device }: Sender, { free, parts }: Held): void {
    const freeLeft = (this.#free.get(address) ?? 0) - free
    if (freeLeft > 0) this.#free.set(address, freeLeft)
    else this.#free.delete(address)
    const partsLeft = (this.#parts.get(device) ?? 0n) - parts
    if (partsLeft > 0n) this.#parts.set(device, partsLeft)
    else this.#parts.delete(device)
  }
}
