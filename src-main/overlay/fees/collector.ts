import { type Clock, type Log, SerialQueue } from '../../base/index.ts'
import { type Fee, ParleyError, toParleyError } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type {
  ChannelCall,
  Channels,
  ChannelTransaction,
  Ledger,
  LedgerChannel,
  NodePrices,
} from '../../ledger/index.ts'
import { channelStateDigest } from '../../wire/index.ts'
import type { OperatorSender } from '../registry/sender.ts'
import type { FeeBook } from './book.ts'
import type { BookChannel } from './channel-table.ts'
import { creditOf } from './prices.ts'

/** Looks in a challenge window: the newest voucher is shown long before its end. */
const LOOKS_PER_WINDOW = 8
const MOST_LOOK_MS = 600_000
const LEAST_LOOK_MS = 500
/** Channels that are looked at side by side: at 100 ms an answer, 100,000 channels in half an hour. */
const AT_ONCE = 8
/** A close or an answer, and the settlement that follows it. */
const WITH_SETTLEMENT = 2n

export interface CollectorParts {
  book: FeeBook
  key: SigningKey
  sender: OperatorSender
  chain: () => string
  channels: () => Promise<Channels>
  ledger: Pick<Ledger, 'epoch' | 'faucet'>
  prices: NodePrices
  windowMs: number
  /** Epochs after which a channel is closed, so that no reward waits for ever. */
  collectAfterEpochs: number
  clock: Clock
  log: Log
}

/** What became of channels in one look. */
export interface Collected {
  /** Begun to close. */
  closing: number
  /** Paid out. */
  settled: number
  /** NANOS that were paid out. */
  nanos: bigint
  /** Left as they are, because the ledger's fees are more than they would bring: how many, and NANOS. */
  left: number
  leftNanos: bigint
}

/** One look at all channels. */
interface Round {
  channels: Channels
  epoch: bigint
  /** Every one that has a voucher is closed. */
  all: boolean
  /** NANOS that each kind of call was last said to cost in this round. */
  costs: Map<ChannelCall['kind'], bigint>
  sums: Collected
}

/** Gets a node's rewards: closes channels with the newest voucher in time, answers those who close with less, settles. */
export class Collector {
  readonly #parts: CollectorParts
  readonly #queue = new SerialQueue()
  #cancel = () => {}
  #stopped = false

  constructor(parts: CollectorParts) {
    this.#parts = parts
  }

  start(): void {
    this.#later()
  }

  /** Waits for the few channels that are being looked at, not for all that were to be. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#queue.run(() => {})
  }

  /**
   * One look at all channels; `all` closes every one that has a voucher. Nothing is done that costs more than it brings: channels with next
   * to nothing in them would take the account what its registration is renewed with.
   */
  collect(all: boolean): Promise<Collected> {
    return this.#queue.run(() => this.#look(all))
  }

  #later(): void {
    const { clock, windowMs, log } = this.#parts
    const wait = Math.max(LEAST_LOOK_MS, Math.min(windowMs / LOOKS_PER_WINDOW, MOST_LOOK_MS))
    this.#cancel = clock.after(wait, () => {
      void this.collect(false)
        .catch((error: unknown) => log.warn({ code: toParleyError(error).code }, 'rewards could not be looked after'))
        .finally(() => this.#stopped || this.#later())
    })
  }

  async #look(all: boolean): Promise<Collected> {
    const { book, channels: find, ledger } = this.#parts
    const sums: Collected = { closing: 0, settled: 0, nanos: 0n, left: 0, leftNanos: 0n }
    let round: Round | undefined
    // Whole each time, so that no channel can keep another from being looked at.
    for (const state of ['closing', 'open'] as const) {
      for (let last = ''; !this.#stopped;) {
        const some = book.channels.after(state, last, AT_ONCE)
        if (some.length === 0) break
        last = some.at(-1)?.id ?? last
        const now = (round ??= {
          channels: await find(),
          epoch: (await ledger.epoch()).epoch,
          all,
          costs: new Map(),
          sums,
        })
        await Promise.all(some.map((known) => this.#lookAt(now, known)))
      }
    }
    return sums
  }

  async #lookAt(round: Round, known: BookChannel): Promise<void> {
    const { log } = this.#parts
    try {
      await this.#step(round, known)
    } catch (error) {
      log.warn({ code: toParleyError(error).code, channel: known.id }, 'a channel could not be looked after')
    }
  }

  async #step(round: Round, known: BookChannel): Promise<void> {
    const { clock, collectAfterEpochs, book } = this.#parts
    const found = await round.channels.read(known.id)
    // Without having been seen closing here it was closed with the node's consent, or while the node was away.
    if (!found) return this.#keep(known, { state: 'closed' })
    if (found.settled) return this.#keep(known, { state: 'closed', shown: shareOf(found) })
    if (found.closesAt !== 0) return this.#whileClosing(round, known, found)
    const newest = book.channel(known.id) ?? known
    if (newest.state === 'closing' && clock.now() < newest.closesAt) return
    const rest = newest.deposited - newest.paid
    const isLate = newest.state === 'closing'
    const isDue =
      isLate || rest < creditOf(this.#parts.prices) || round.epoch >= newest.epoch + BigInt(collectAfterEpochs)
    if (newest.paid === 0n || !(isDue || round.all)) return
    const state = this.#stateOf(round.channels, newest)
    if (!(await this.#send(round, found, { kind: 'startClose', channel: found, party: 1, state }, newest.paid))) return
    this.#keep(newest, { state: 'closing', shown: newest.paid })
    round.sums.closing++
  }

  async #whileClosing(round: Round, known: BookChannel, found: LedgerChannel): Promise<void> {
    const { clock } = this.#parts
    const share = shareOf(found)
    this.#keep(known, { state: 'closing', closesAt: found.closesAt, shown: share })
    if (await this.#challenge(round, known, found)) return
    if (clock.now() < found.closesAt) return
    if (!(await this.#send(round, found, { kind: 'settle', channel: found }, share))) return
    this.#keep(known, { state: 'closed' })
    round.sums.settled++
    round.sums.nanos += share
  }

  /** Answers who closes with less. Whether the window is over the ledger knows, not this clock, which may be ahead. */
  async #challenge(round: Round, known: BookChannel, found: LedgerChannel): Promise<boolean> {
    const { book, log } = this.#parts
    const newest = book.channel(known.id) ?? known
    if (found.sequence >= newest.paid) return false
    const state = this.#stateOf(round.channels, newest)
    try {
      const brings = newest.paid - shareOf(found)
      if (!(await this.#send(round, found, { kind: 'challenge', channel: found, state }, brings))) return false
    } catch (error) {
      const isOver = this.#parts.clock.now() >= found.closesAt
      if (!isOver || !(error instanceof ParleyError) || error.code !== 'conflict') throw error
      return false
    }
    this.#keep(known, { shown: newest.paid })
    log.info({ channel: known.id }, 'a channel that began to close with less was answered with its newest voucher')
    return true
  }

  #stateOf({ packageId }: Channels, { id, paid, counted, signature }: BookChannel) {
    const { key, chain } = this.#parts
    const state = { packageId, channel: id, sequence: paid, confirmed: 0n, balances: [counted - paid, paid] }
    if (!signature) throw new ParleyError('not_found', 'The channel has no voucher.')
    return { ...state, signatures: [signature, key.sign(channelStateDigest(chain(), state))] }
  }

  #keep(known: BookChannel, change: Partial<Pick<BookChannel, 'state' | 'closesAt' | 'shown'>>): void {
    const { book, clock } = this.#parts
    book.changeChannel(known, () => change, clock.now())
  }

  /**
   * False where it would cost more than it brings, or the channel has changed since it was `seen`: the payer, or another process of the
   * operator, was there before.
   */
  async #send(
    { channels, costs, sums }: Round,
    seen: LedgerChannel,
    call: ChannelCall,
    brings: bigint,
  ): Promise<boolean> {
    const { sender } = this.#parts
    const isWorth = () => {
      if (brings > (costs.get(call.kind) ?? 0n)) return true
      sums.left++
      sums.leftNanos += brings
      return false
    }
    if (!isWorth()) return false
    const sent = await sender.send('channel', async () => {
      const now = await channels.read(seen.id)
      if (!now || now.settled || now.closesAt !== seen.closesAt || now.sequence !== seen.sequence) return undefined
      const prepared = await this.#prepare(channels, call)
      costs.set(call.kind, costOf(prepared.fee) * (call.kind === 'settle' ? 1n : WITH_SETTLEMENT))
      return isWorth() ? prepared : undefined
    })
    if (!sent) return false
    if (sent.outcome?.status !== 'success')
      throw new ParleyError('conflict', 'The ledger did not take the transaction.')
    return true
  }

  #prepare(channels: Channels, call: ChannelCall): Promise<ChannelTransaction> {
    const { sender, ledger } = this.#parts
    const request = { from: sender.address, call }
    return channels.prepare(request).catch(async (error: unknown) => {
      if (!(error instanceof ParleyError) || error.code !== 'insufficient_funds') throw error
      // A local ledger gives tokens by itself; elsewhere the operator sends them.
      await ledger.faucet(sender.address)
      return channels.prepare(request)
    })
  }
}

/** NANOS that a transaction takes from the account. */
function costOf({ burned, deposit, relay }: Fee): bigint {
  return burned + deposit + relay
}

/** NANOS that the node gets by the newest state that the ledger knows. */
function shareOf({ balances }: LedgerChannel): bigint {
  return balances[1] ?? 0n
}
