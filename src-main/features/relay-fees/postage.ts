import { asksItself, type LinkedNode } from '../../overlay/index.ts'
import type { SerialQueue } from '../../base/index.ts'
import type { RelayFeesParts, ToldFees } from './types.ts'
import { PostageBook } from './postage-book.ts'
import type { Vouchers } from './vouchers.ts'

export interface PostageParts extends Pick<RelayFeesParts, 'store' | 'log'> {
  vouchers: Vouchers
  /** Asks a node for its prices, and brings both sides into step. */
  ask: (node: LinkedNode) => Promise<ToldFees>
  /** Of a node: what is promised, one after the other. */
  queueOf: (node: string) => SerialQueue
  /** Promises what was used; false where that cannot or must not be. */
  payUse: (node: LinkedNode, told: ToldFees) => Promise<boolean>
  onChange: (address: string) => void
}

/** Pays for contact requests to strangers: in advance, and never more in all than the user agreed to for that address. */
export class Postage {
  readonly book: PostageBook
  readonly #parts: PostageParts

  constructor(parts: PostageParts) {
    this.#parts = parts
    this.book = new PostageBook(parts.store, parts.onChange)
  }

  /** Those that ask for least first; the least that has to be paid is noted for the user. */
  async cheapest(nodes: readonly LinkedNode[], address: string): Promise<LinkedNode[]> {
    const { ask, log } = this.#parts
    const told = await Promise.allSettled(nodes.map((node) => ask(node)))
    const asks = nodes.flatMap((node, index) => {
      const answer = told[index]
      if (answer?.status === 'fulfilled') return [{ node, nanos: answer.value.postage }]
      log.debug({ node: node.nodeKey }, 'a home node does not tell its postage')
      return []
    })
    asks.sort((one, other) => (one.nanos < other.nanos ? -1 : one.nanos > other.nanos ? 1 : 0))
    const [least] = asks
    if (least && least.nanos > 0n)
      this.book.note(address, { node: least.node.nodeKey, endpoint: least.node.endpoint, nanos: least.nanos })
    return asks.map(({ node }) => node)
  }

  /** After a refusal by a home node of that address: true where what it asks for is promised, so that it may be asked again. */
  pay(node: LinkedNode, address: string, refusal: unknown): Promise<boolean> {
    const { ask, queueOf, payUse, vouchers } = this.#parts
    return queueOf(node.nodeKey).run(async () => {
      const told = await ask(node)
      // A home node that does not know the device passes on what another asks: paying this one would not help.
      if (told.postage === 0n || !asksItself(refusal)) return false
      if (told.unpaid > 0n && !(await payUse(node, told))) return false
      const nanos = told.postage - told.ahead
      if (nanos <= 0n) return true
      const credit = vouchers.creditOf(node.nodeKey)
      if (!credit || credit.deposited - credit.paid < nanos || this.book.room(address) < nanos) return false
      await vouchers.promise(node, nanos, { promise: (more) => this.book.promise(address, more) })
      return true
    })
  }

  /** The user agreed to what is asked, and has deposited it. */
  canPay(address: string): boolean {
    const ask = this.book.asks(address)
    return ask !== undefined && this.book.room(address) >= ask.nanos && this.missing(address) === 0n
  }

  /** What must be deposited at the node that asks before it can be paid: NANOS. */
  missing(address: string): bigint {
    const ask = this.book.asks(address)
    if (!ask) return 0n
    const credit = this.#parts.vouchers.creditOf(ask.node)
    const left = credit ? credit.deposited - credit.paid : 0n
    return left >= ask.nanos ? 0n : ask.nanos - left
  }
}
