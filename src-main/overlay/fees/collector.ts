import { type Clock, type Log } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { SigningKey } from '../../crypto/index.ts'
import type { Channels, Ledger, LedgerChannel, ChannelCall, NodePrices } from '../../ledger/index.ts'
import { channelStateDigest } from '../../wire/index.ts'
import type { OperatorSender } from '../registry/sender.ts'
import type { BookChannel, FeeBook } from './book.ts'
import { creditOf } from './prices.ts'

/** Looks in a challenge window: the newest voucher is shown long before its end. */
const LOOKS_PER_WINDOW = 8
const MOST_LOOK_MS = 600_000
const LEAST_LOOK_MS = 500
/** Channels of one look. */
const AT_ONCE = 200

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
}

/** Gets a node's rewards: closes channels with the newest voucher in time, answers those who close with less, settles. */
export class Collector {
  readonly #parts: CollectorParts
  #looking: Promise<Collected> | undefined
  #cancel = () => {}
  #running = false

  constructor(parts: CollectorParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = true
    this.#later()
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#cancel()
    await this.#looking?.catch(() => {})
  }

  /** One look at all channels; `all` closes every one that has a voucher. */
  collect(all: boolean): Promise<Collected> {
    const before = this.#looking?.catch(() => {}) ?? Promise.resolve()
    const look = before.then(() => this.#look(all)).finally(() => (this.#looking = undefined))
    this.#looking = look
    return look
  }

  #later(): void {
    const { clock, windowMs, log } = this.#parts
    const wait = Math.max(LEAST_LOOK_MS, Math.min(windowMs / LOOKS_PER_WINDOW, MOST_LOOK_MS))
    this.#cancel = clock.after(wait, () => {
      void this.collect(false)
        .catch((error: unknown) => log.warn({ code: toParleyError(error).code }, 'rewards could not be looked after'))
        .finally(() => this.#running && this.#later())
    })
  }

  async #look(all: boolean): Promise<Collected> {
    const { book, channels: find, ledger, log } = this.#parts
    const collected: Collected = { closing: 0, settled: 0, nanos: 0n }
    const open = book.openChannels().slice(0, AT_ONCE)
    if (open.length === 0) return collected
    const channels = await find()
    const { epoch } = await ledger.epoch()
    for (const known of open) {
      try {
        await this.#step(channels, known, epoch, all, collected)
      } catch (error) {
        log.warn({ code: toParleyError(error).code, channel: known.id }, 'a channel could not be looked after')
      }
    }
    return collected
  }

  async #step(channels: Channels, known: BookChannel, epoch: bigint, all: boolean, sums: Collected): Promise<void> {
    const { clock, collectAfterEpochs, book } = this.#parts
    const found = await channels.read(known.id)
    if (!found || found.settled) return this.#keep(known, { state: 'closed' })
    if (found.closesAt !== 0) return this.#whileClosing(channels, known, found, sums)
    const newest = book.channel(known.id) ?? known
    if (newest.state === 'closing' && clock.now() < newest.closesAt) return
    const left = newest.deposited - newest.paid
    const isLate = newest.state === 'closing'
    const due = isLate || left < creditOf(this.#parts.prices) || epoch >= newest.epoch + BigInt(collectAfterEpochs)
    if (newest.paid === 0n || !(due || all)) return this.#keep(newest, {})
    await this.#send(channels, { kind: 'startClose', channel: found, party: 1, state: this.#stateOf(channels, newest) })
    this.#keep(newest, { state: 'closing' })
    sums.closing++
  }

  async #whileClosing(channels: Channels, known: BookChannel, found: LedgerChannel, sums: Collected): Promise<void> {
    const { clock, log } = this.#parts
    if (found.sequence < known.paid && clock.now() < found.closesAt) {
      await this.#send(channels, { kind: 'challenge', channel: found, state: this.#stateOf(channels, known) })
      log.info({ channel: known.id }, 'a channel that began to close with less was answered with its newest voucher')
    }
    if (clock.now() < found.closesAt) return this.#keep(known, { state: 'closing', closesAt: found.closesAt })
    await this.#send(channels, { kind: 'settle', channel: found })
    this.#keep(known, { state: 'closed', closesAt: found.closesAt })
    sums.settled++
    sums.nanos += found.sequence < known.paid ? known.paid : (found.balances[1] ?? 0n)
  }

  #stateOf({ packageId }: Channels, { id, paid, counted, signature }: BookChannel) {
    const { key, chain } = this.#parts
    const state = { packageId, channel: id, sequence: paid, confirmed: 0n, balances: [counted - paid, paid] }
    if (!signature) throw new ParleyError('not_found', 'The channel has no voucher.')
    return { ...state, signatures: [signature, key.sign(channelStateDigest(chain(), state))] }
  }

  #keep(known: BookChannel, change: Partial<Pick<BookChannel, 'state' | 'closesAt'>>): void {
    const { book, clock } = this.#parts
    book.saveChannel({ ...(book.channel(known.id) ?? known), ...change }, clock.now())
  }

  /** One transaction after the other; what an earlier process signed goes first. */
  async #send(channels: Channels, call: ChannelCall): Promise<void> {
    const { sender, ledger } = this.#parts
    if (sender.pending) {
      await sender.resend()
      await sender.settle(undefined)
    }
    const request = { from: sender.address, call }
    const prepared = await channels.prepare(request).catch(async (error: unknown) => {
      if (!(error instanceof ParleyError) || error.code !== 'insufficient_funds') throw error
      // A local ledger gives tokens by itself; elsewhere the operator sends them.
      await ledger.faucet(sender.address)
      return channels.prepare(request)
    })
    const { outcome } = await sender.send('channel', prepared)
    await sender.settle(undefined)
    if (outcome?.status !== 'success') throw new ParleyError('conflict', 'The ledger did not take the transaction.')
  }
}
