import { ParleyError } from '../../contract/index.ts'
import { creditOf, isMetered, type LinkedNode, nanosOf, partsOf } from '../../overlay/index.ts'
import type { Dealing, Dealings } from './dealings.ts'
import { compareAgain } from './record-watch.ts'
import type { RelayFeesParts, ToldFees } from './types.ts'
import type { Vouchers } from './vouchers.ts'

/** What is used is promised when it comes to this share of a credit: two requests each time, and a node is not left with more if somebody goes away. */
const SHARES_OF_CREDIT = 10n

export interface SettlementParts extends Pick<
  RelayFeesParts,
  'store' | 'ledger' | 'nodes' | 'clock' | 'log' | 'onChange'
> {
  vouchers: Vouchers
  dealings: Dealings
  /** Looks at the credits on the ledger. */
  lookAtCredits: () => Promise<void>
}

/** Keeps what a device used of nodes and what it promised them in step. Of one node one thing after the other. */
export class Settlement {
  readonly #parts: SettlementParts
  /** Nodes that are paid beside the sends. */
  readonly #settling = new Set<string>()

  constructor(parts: SettlementParts) {
    this.#parts = parts
  }

  /** Asks a node, and brings both sides into step. */
  async ask(node: LinkedNode): Promise<ToldFees> {
    const { vouchers, dealings } = this.#parts
    const told = await node.request('getFees', {}, 'fees')
    const dealing = dealings.of(node.nodeKey)
    dealing.told = told
    if (isMetered(told.prices)) dealing.count.reconcile(told)
    else if (told.postage === 0n) return told
    await vouchers.learn(node.nodeKey, told)
    const credit = vouchers.creditOf(node.nodeKey)
    // Signed before, and lost on the way: it is on disk here.
    if (!credit || credit.paid === 0n || (told.voucher?.paid ?? 0n) >= credit.paid) return told
    dealing.told = await vouchers.show(node, credit)
    return dealing.told
  }

  /** NANOS that were used and not promised: what the node told, and the list price of what was used here since, unless it was free. */
  unpaid(node: string): bigint {
    const dealing = this.#parts.dealings.known(node)
    return dealing ? (dealing.told?.unpaid ?? 0n) + usedSince(dealing) : 0n
  }

  /** Something of a node was used: pays beside it where it has come to enough. */
  used(node: LinkedNode): void {
    const { vouchers, dealings, log } = this.#parts
    const { nodeKey } = node
    const dealing = dealings.of(nodeKey)
    if (!dealing.told || this.#settling.has(nodeKey) || !vouchers.creditOf(nodeKey)) return
    if (usedSince(dealing) * SHARES_OF_CREDIT < creditOf(dealing.told.prices)) return
    this.#settling.add(nodeKey)
    this.settleUp(node)
      .catch((error: unknown) => log.debug({ err: error }, 'a node could not be paid'))
      .finally(() => this.#settling.delete(nodeKey))
  }

  /** False where it cannot or must not be paid. `paid`: what was promised when the send began. */
  payAsked(node: LinkedNode, dealing: Dealing, asked: bigint, paid: bigint): Promise<boolean> {
    return dealing.queue.run(async () => {
      const credit = this.#parts.vouchers.creditOf(node.nodeKey)
      // Others who were refused at the same time have paid meanwhile: it may be enough.
      if (credit && credit.paid >= paid + asked) return true
      try {
        const told = await this.ask(node)
        const wanted = asked > told.unpaid ? asked : told.unpaid
        return await this.promise(node, dealing, wanted)
      } catch (error) {
        if (!isClosing(error)) throw error
        // The node is collecting: what it asks for takes another credit.
        await this.#parts.lookAtCredits()
        return this.#refuse(dealing, asked)
      }
    })
  }

  /** False where the credit does not hold it, or it is more than was used. Only in the node's queue. */
  async promise(node: LinkedNode, dealing: Dealing, nanos: bigint): Promise<boolean> {
    const { vouchers } = this.#parts
    const { count } = dealing
    const credit = vouchers.creditOf(node.nodeKey)
    const left = credit ? credit.deposited - credit.paid : 0n
    if (nanos > count.room() || nanos > left) return this.#refuse(dealing, nanos)
    dealing.told = await vouchers.promise(node, nanos, count)
    dealing.asks = undefined
    return true
  }

  /** What was used and not promised yet is promised, where there is a credit for it. */
  async settleUp(node: LinkedNode): Promise<void> {
    const { vouchers, dealings } = this.#parts
    const dealing = dealings.of(node.nodeKey)
    await dealing.queue.run(async () => {
      const told = await this.ask(node)
      dealing.compared = await compareAgain(this.#parts, node.nodeKey, told, dealing.compared)
      const unpaid = told.unpaid
      if (unpaid > 0n && vouchers.creditOf(node.nodeKey)) await this.promise(node, dealing, unpaid)
    })
  }

  /** The same with each linked node where a credit is open. */
  async settleAll(): Promise<void> {
    const { nodes, vouchers, log } = this.#parts
    const paid = nodes().filter(({ nodeKey }) => vouchers.creditOf(nodeKey))
    const settled = await Promise.allSettled(paid.map((node) => this.settleUp(node)))
    for (const each of settled)
      if (each.status === 'rejected') log.debug({ err: each.reason as unknown }, 'a node could not be paid')
  }

  /** Whether a node is owed more than was promised: never more than the count of this device allows. */
  async isOwed(node: LinkedNode): Promise<boolean> {
    const { unpaid } = await this.ask(node)
    return unpaid > 0n && unpaid <= this.#parts.dealings.of(node.nodeKey).count.room()
  }

  #refuse(dealing: Dealing, nanos: bigint): false {
    dealing.asks = nanos
    this.#parts.onChange()
    return false
  }
}

/**
 * NANOS of what was counted here since the node told what it had counted, less what it was promised before that in advance; nothing while
 * it is within the free allowance.
 */
function usedSince({ told, count }: Dealing): bigint {
  const { row } = count
  if (!told || row.meter !== told.meter) return 0n
  const since = {
    relayedBytes: beyond(row.relayedBytes, told.relayedBytes),
    storedByteMs: beyond(row.storedByteMs, told.storedByteMs),
  }
  if (told.usedToday + since.relayedBytes <= told.allowance) return 0n
  return beyond(nanosOf(partsOf(told.prices, since)), told.ahead)
}

function beyond(one: bigint, other: bigint): bigint {
  return one > other ? one - other : 0n
}

function isClosing(error: unknown): boolean {
  return error instanceof ParleyError && error.reason === 'channel_closing'
}
