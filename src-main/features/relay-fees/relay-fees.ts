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
import { checkDeposit } from './credit-checks.ts'
import { Credits } from './credits.ts'
import { Dealings } from './dealings.ts'
import { Postage } from './postage.ts'
import { Settlement } from './settlement.ts'
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
  /** NANOS that were used and not promised. */
  unpaid: bigint
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
  readonly #settlement: Settlement
  #cancel = () => {}
  #running = false

  constructor(parts: RelayFeesParts) {
    this.#parts = parts
    this.#dealings = new Dealings(parts)
    this.#vouchers = new Vouchers(parts)
    this.#credits = new Credits(parts, this.#vouchers)
    const [vouchers, dealings] = [this.#vouchers, this.#dealings]
    const lookAtCredits = () => this.#credits.look()
    this.#settlement = new Settlement({ ...parts, vouchers, dealings, lookAtCredits })
    this.postage = new Postage({
      ...parts,
      vouchers,
      ask: (node) => this.#settlement.ask(node),
      queueOf: (node) => dealings.of(node).queue,
      payUse: (node, told) => this.#settlement.promise(node, dealings.of(node.nodeKey), told.unpaid),
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
    void this.#settlement
      .ask(node)
      .catch((error: unknown) => this.#parts.log.debug({ err: error }, 'a node tells no prices'))
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
        this.#settlement.used(node)
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
          if (!(await this.#settlement.payAsked(node, dealing, asked, paid))) throw error
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
    return { told, credit, asks, unpaid: this.#settlement.unpaid(node) }
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
    checkDeposit(nanos)
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
    checkDeposit(nanos)
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
    if (linked) await this.#unlessSilent(this.#settlement.ask(linked))
    const { told, count } = this.#dealings.of(node)
    const unpaid = told?.unpaid ?? 0n
    // What it asks for beyond what was used is not paid.
    return this.#credits.endCost(node, linked, unpaid <= count.room() ? unpaid : 0n)
  }

  /** `most`: NANOS of fees that the user was shown. */
  async close(node: string, most?: bigint): Promise<EndedCredit> {
    const linked = this.#linked(node)
    if (linked) await this.#unlessSilent(this.#settlement.settleUp(linked))
    const isOwed = async () => linked !== undefined && (await this.#settlement.isOwed(linked).catch(() => false))
    const closed = await this.#credits.close(node, linked, isOwed, most)
    this.#later()
    this.#parts.onChange()
    return closed
  }

  /** A node that does not tell what it is owed keeps nobody's deposit by that. */
  async #unlessSilent(asked: Promise<unknown>): Promise<void> {
    await asked.catch((error: unknown) => this.#parts.log.info({ err: error }, 'a node does not say what it is owed'))
  }

  #linked(node: string): LinkedNode | undefined {
    return this.#parts.nodes().find(({ nodeKey }) => nodeKey === node)
  }

  async #toldOf(node: string): Promise<ToldFees> {
    const linked = this.#linked(node)
    const told = linked ? await this.#settlement.ask(linked) : this.#dealings.known(node)?.told
    if (told) return told
    if (this.of(node).credit) throw new ParleyError('offline', 'This node is not linked.', { retryAfter: 1_000 })
    throw new ParleyError('not_found', 'No node with this key was linked since the program started.')
  }

  async #look(): Promise<void> {
    // What fails keeps nothing else from being looked after: money comes back by the second one.
    for (const step of [() => this.#credits.search(), () => this.#credits.look(), () => this.#settlement.settleAll()])
      await step().catch((error: unknown) => this.#parts.log.debug({ err: error }, 'credits could not be looked after'))
    this.#later()
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
