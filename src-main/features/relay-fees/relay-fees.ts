import { type Fee, ParleyError } from '../../contract/index.ts'
import {
  type CountedSend,
  isMetered,
  type LinkedNode,
  nanosAsked,
  postageAsked,
  type RelayPayer,
} from '../../overlay/index.ts'
import type { RelayCreditRow } from '../../store/index.ts'
import { acceptPrices, compareWithShown } from './accepted-prices.ts'
import { appendAsked, type Asked, readAsked, sendAsked } from './asked.ts'
import { Credits } from './credits.ts'
import { type Dealing, Dealings } from './dealings.ts'
import { Postage } from './postage.ts'
import { compareAgain } from './record-watch.ts'
import type { EndCost, EndedCredit, RelayFeesParts, ToldFees } from './types.ts'
import { Vouchers } from './vouchers.ts'

/** Credits are looked at this often: a window is a day on real networks, seconds in tests. */
const LOOK_MS = 30_000
const LEAST_LOOK_MS = 500
const LOOKS_PER_WINDOW = 8
/** A send that is refused is paid for and tried again so often: other sends may have used what was paid. */
const ATTEMPTS = 4

type SendResult = Awaited<ReturnType<RelayPayer['send']>>

export interface NodeFees {
  told: ToldFees | undefined
  credit: RelayCreditRow | undefined
  asks: bigint | undefined
}

/**
 * A device's side of fees: counts what it uses of each node, pays by vouchers from the credits that the user opened, and
 * never promises a node more than the list price of what was used and one credit.
 */
export class RelayFees implements RelayPayer {
  /** For contact requests to strangers. */
  readonly postage: Postage
  readonly #parts: RelayFeesParts
  readonly #vouchers: Vouchers
  readonly #credits: Credits
  readonly #dealings: Dealings
  #cancel = () => {}
  #running = false

  constructor(parts: RelayFeesParts) {
    this.#parts = parts
    this.#dealings = new Dealings(parts)
    this.#vouchers = new Vouchers(parts)
    this.#credits = new Credits(parts, this.#vouchers)
    this.postage = new Postage({
      ...parts,
      vouchers: this.#vouchers,
      ask: (node) => this.#ask(node),
      queueOf: (node) => this.#dealings.of(node).queue,
      payUse: (node, told) => this.#promise(node, this.#dealings.of(node.nodeKey), told.unpaid),
      onChange: parts.onPostage,
    })
  }

  start(): void {
    this.#running = true
    void this.#look()
  }

  stop(): void {
    this.#running = false
    this.#cancel()
    for (const { count } of this.#dealings.all()) count.rest()
  }

  linked(node: LinkedNode): void {
    void this.#ask(node).catch((error: unknown) => this.#parts.log.debug({ err: error }, 'a node tells no prices'))
  }

  readonly cheapest: RelayPayer['cheapest'] = (...given) => this.postage.cheapest(...given)
  readonly canPay: RelayPayer['canPay'] = (address) => this.postage.canPay(address)

  async send(node: LinkedNode, send: CountedSend, attempt: () => Promise<SendResult>): Promise<SendResult> {
    try {
      return await this.#counted(node, sendAsked(send), attempt)
    } catch (error) {
      if (postageAsked(error) === undefined || !send.mayPay) throw error
      if (!(await this.postage.pay(node, send.to.address, error))) throw error
      return await this.#counted(node, sendAsked(send), attempt)
    }
  }

  readonly append: RelayPayer['append'] = (node, append, attempt) => this.#counted(node, appendAsked(append), attempt)
  readonly read: RelayPayer['read'] = (node, read, attempt) => this.#counted(node, readAsked(read), attempt)

  /** Runs what a node counts; where it asks for payment that can be made, pays and runs it again. */
  async #counted<R>(node: LinkedNode, order: Asked<R>, attempt: () => Promise<R>): Promise<R> {
    const dealing = this.#dealings.of(node.nodeKey)
    if (dealing.told && !isMetered(dealing.told.prices)) return attempt()
    for (let tries = 1; ; tries++) {
      const paid = this.#vouchers.creditOf(node.nodeKey)?.paid ?? 0n
      const flight = dealing.count.begin(order, this.#parts.clock.now())
      try {
        const result = await attempt()
        dealing.count.end(flight, order.used(result))
        return result
      } catch (error) {
        const asked = nanosAsked(error)
        const isUnknown = error instanceof ParleyError && ['offline', 'timeout'].includes(error.code)
        if (asked === undefined || tries >= ATTEMPTS) {
          dealing.count.end(flight, isUnknown ? 'unknown' : 'refused')
          throw error
        }
        try {
          // It is still on its way, and what it will cost may be promised.
          if (!(await this.#payAsked(node, dealing, asked, paid))) throw error
        } finally {
          dealing.count.end(flight, 'refused')
        }
      }
    }
  }

  /** What is known of a node. */
  of(node: string): NodeFees {
    const { told, asks } = this.#dealings.known(node) ?? { told: undefined, asks: undefined }
    const rows = this.#parts.store.relayFees.credits().filter((row) => row.node === node)
    const own = rows.find(({ state }) => state !== 'closed' && state !== 'elsewhere')
    const credit = own ?? rows.find(({ state }) => state === 'elsewhere') ?? rows[0]
    return { told, credit, asks }
  }

  /** Whether nodes are linked and each of them has refused to carry more until it is paid. */
  allAsk(): boolean {
    const nodes = this.#parts.nodes()
    return nodes.length > 0 && nodes.every(({ nodeKey }) => this.#dealings.known(nodeKey)?.asks !== undefined)
  }

  /** NANOS that vouchers promised to all nodes, ever. */
  paid(): bigint {
    return this.#parts.store.relayFees.credits().reduce((sum, { paid }) => sum + paid, 0n)
  }

  async cost(node: string, nanos: bigint): Promise<{ fee: Fee; total: bigint }> {
    return this.#credits.cost(node, await this.#toldOf(node), nanos)
  }

  /**
   * `shown`: the prices that the user agrees to; the node is paid by what it tells now, and `conflict` where that is more. Without them the deposit pays
   * for postage, and for use as far as was agreed before.
   */
  async open(
    node: string,
    nanos: bigint,
    shown?: ToldFees['prices'],
  ): Promise<{ channelId: string; digest: string; fee: Fee }> {
    const { prices, ...told } = await this.#toldOf(node)
    if (shown) compareWithShown(prices, shown)
    const agree = () => shown && acceptPrices(this.#parts.store, node, prices)
    const opened = await this.#credits.open(node, { ...told, prices }, nanos, agree)
    this.#dealings.of(node).asks = undefined
    this.#later()
    this.#parts.onChange()
    return opened
  }

  /** What ending the credit at a node costs and brings. */
  async endCost(node: string): Promise<EndCost> {
    const linked = this.#linked(node)
    if (linked) await this.#unlessSilent(this.#ask(linked))
    const { told, count } = this.#dealings.of(node)
    const unpaid = told?.unpaid ?? 0n
    // What it asks for beyond what was used is not paid.
    return this.#credits.endCost(node, linked, unpaid <= count.room() ? unpaid : 0n)
  }

  /** `most`: NANOS of fees that the user was shown. */
  async close(node: string, most?: bigint): Promise<EndedCredit> {
    const linked = this.#linked(node)
    if (linked) await this.#unlessSilent(this.#settleUp(linked))
    const isOwed = async () => linked !== undefined && (await this.#isOwed(linked).catch(() => false))
    const closed = await this.#credits.close(node, linked, isOwed, most)
    this.#later()
    this.#parts.onChange()
    return closed
  }

  /** Asks a node, and brings both sides into step. */
  async #ask(node: LinkedNode): Promise<ToldFees> {
    const told = await node.request('getFees', {}, 'fees')
    const dealing = this.#dealings.of(node.nodeKey)
    dealing.told = told
    if (isMetered(told.prices)) dealing.count.reconcile(told)
    else if (told.postage === 0n) return told
    await this.#vouchers.learn(node.nodeKey, told)
    const credit = this.#vouchers.creditOf(node.nodeKey)
    // Signed before, and lost on the way: it is on disk here.
    if (!credit || credit.paid === 0n || (told.voucher?.paid ?? 0n) >= credit.paid) return told
    dealing.told = await this.#vouchers.show(node, credit)
    return dealing.told
  }

  /** False where it cannot or must not be paid. `paid`: what was promised when the send began. */
  #payAsked(node: LinkedNode, dealing: Dealing, asked: bigint, paid: bigint): Promise<boolean> {
    return dealing.queue.run(async () => {
      const credit = this.#vouchers.creditOf(node.nodeKey)
      // Others who were refused at the same time have paid meanwhile: it may be enough.
      if (credit && credit.paid >= paid + asked) return true
      try {
        const told = await this.#ask(node)
        const wanted = asked > told.unpaid ? asked : told.unpaid
        return await this.#promise(node, dealing, wanted)
      } catch (error) {
        if (!isClosing(error)) throw error
        // The node is collecting: what it asks for takes another credit.
        await this.#credits.look()
        return this.#unpaid(dealing, asked)
      }
    })
  }

  async #promise(node: LinkedNode, dealing: Dealing, nanos: bigint): Promise<boolean> {
    const { count } = dealing
    const credit = this.#vouchers.creditOf(node.nodeKey)
    const left = credit ? credit.deposited - credit.paid : 0n
    if (nanos > count.room() || nanos > left) return this.#unpaid(dealing, nanos)
    dealing.told = await this.#vouchers.promise(node, nanos, count)
    dealing.asks = undefined
    return true
  }

  #unpaid(dealing: Dealing, nanos: bigint): false {
    dealing.asks = nanos
    this.#parts.onChange()
    return false
  }

  /** What was used and not promised yet is promised. */
  async #settleUp(node: LinkedNode): Promise<void> {
    const dealing = this.#dealings.of(node.nodeKey)
    await dealing.queue.run(async () => {
      const told = await this.#ask(node)
      dealing.compared = await compareAgain(this.#parts, node.nodeKey, told, dealing.compared)
      const unpaid = told.unpaid
      if (unpaid > 0n && this.#vouchers.creditOf(node.nodeKey)) await this.#promise(node, dealing, unpaid)
    })
  }

  /** A node that does not tell what it is owed keeps nobody's deposit by that. */
  async #unlessSilent(asked: Promise<unknown>): Promise<void> {
    await asked.catch((error: unknown) => this.#parts.log.info({ err: error }, 'a node does not say what it is owed'))
  }

  /** Whether it is owed more than was promised: never more than the count of this device allows. */
  async #isOwed(node: LinkedNode): Promise<boolean> {
    const { unpaid } = await this.#ask(node)
    return unpaid > 0n && unpaid <= this.#dealings.of(node.nodeKey).count.room()
  }

  #linked(node: string): LinkedNode | undefined {
    return this.#parts.nodes().find(({ nodeKey }) => nodeKey === node)
  }

  async #toldOf(node: string): Promise<ToldFees> {
    const linked = this.#linked(node)
    const told = linked ? await this.#ask(linked) : this.#dealings.known(node)?.told
    if (told) return told
    throw new ParleyError('offline', 'This node is not linked.', { retryAfter: 1_000 })
  }

  async #look(): Promise<void> {
    // What fails keeps nothing else from being looked after: money comes back by the second one.
    for (const step of [() => this.#credits.search(), () => this.#credits.look(), () => this.#settleAll()])
      await step().catch((error: unknown) => this.#parts.log.debug({ err: error }, 'credits could not be looked after'))
    this.#later()
  }

  async #settleAll(): Promise<void> {
    const paid = this.#parts.nodes().filter(({ nodeKey }) => this.#vouchers.creditOf(nodeKey))
    const settled = await Promise.allSettled(paid.map((node) => this.#settleUp(node)))
    for (const each of settled)
      if (each.status === 'rejected') this.#parts.log.debug({ err: each.reason as unknown }, 'a node could not be paid')
  }

  /** A window that is open must not be missed: so a credit that is opened or closed changes when to look next. */
  #later(): void {
    const { store, clock } = this.#parts
    this.#cancel()
    if (!this.#running) return
    const windows = store.relayFees.credits().flatMap(({ state, windowMs }) => (state === 'closed' ? [] : [windowMs]))
    const wait = Math.min(LOOK_MS, ...windows.map((windowMs) => windowMs / LOOKS_PER_WINDOW))
    this.#cancel = clock.after(Math.max(LEAST_LOOK_MS, wait), () => void this.#look())
  }
}

function isClosing(error: unknown): boolean {
  return error instanceof ParleyError && error.reason === 'channel_closing'
}
