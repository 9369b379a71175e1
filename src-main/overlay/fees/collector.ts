import { type Clock, type Log, SerialQueue } from '../../base/index.ts'
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
  readonly #queue = new SerialQueue()
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
    await this.#queue.run(() => {})
  }

  /** One look at all channels, one at a time; `all` closes every one that has a voucher. */
  collect(all: boolean): Promise<Collected> {
    return this.#queue.run(() => this.#look(all))
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
    // Without having been seen closing here it was closed with the node's consent, or while the node was away.
    if (!found) return this.#keep(known, { state: 'closed' })
    if (found.settled) return this.#keep(known, { state: 'closed', shown: shareOf(found) })
    if (found.closesAt !== 0) return this.#whileClosing(channels, known, found, sums)
    const newest = book.channel(known.id) ?? known
    if (newest.state === 'closing' && clock.now() < newest.closesAt) return
    const left = newest.deposited - newest.paid
    const isLate = newest.state === 'closing'
    const due = isLate || left < creditOf(this.#parts.prices) || epoch >= newest.epoch + BigInt(collectAfterEpochs)
    if (newest.paid === 0n || !(due || all)) return this.#keep(newest, {})
    const state = this.#stateOf(channels, newest)
    if (!(await this.#send(channels, found, { kind: 'startClose', channel: found, party: 1, state }))) return
    this.#keep(newest, { state: 'closing', shown: newest.paid })
    sums.closing++
  }

  async #whileClosing(channels: Channels, known: BookChannel, found: LedgerChannel, sums: Collected): Promise<void> {
    const { book, clock, log } = this.#parts
    const { closesAt } = found
    this.#keep(known, { state: 'closing', closesAt, shown: shareOf(found) })
    if (clock.now() < closesAt) {
      const newest = book.channel(known.id) ?? known
      if (found.sequence >= newest.paid) return
      const state = this.#stateOf(channels, newest)
      if (!(await this.#send(channels, found, { kind: 'challenge', channel: found, state }))) return
      this.#keep(known, { shown: newest.paid })
      log.info({ channel: known.id }, 'a channel that began to close with less was answered with its newest voucher')
      return
    }
    if (!(await this.#send(channels, found, { kind: 'settle', channel: found }))) return
    this.#keep(known, { state: 'closed' })
    sums.settled++
    sums.nanos += shareOf(found)
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

  /** False where the channel has changed since it was `seen`: the payer, or another process of the operator, was there before. */
  async #send(channels: Channels, seen: LedgerChannel, call: ChannelCall): Promise<boolean> {
    const { sender, ledger } = this.#parts
    const request = { from: sender.address, call }
    const sent = await sender.send('channel', async () => {
      const now = await channels.read(seen.id)
      if (!now || now.settled || now.closesAt !== seen.closesAt || now.sequence !== seen.sequence) return undefined
      return channels.prepare(request).catch(async (error: unknown) => {
        if (!(error instanceof ParleyError) || error.code !== 'insufficient_funds') throw error
        // A local ledger gives tokens by itself; elsewhere the operator sends them.
        await ledger.faucet(sender.address)
        return channels.prepare(request)
      })
    })
    if (!sent) return false
    if (sent.outcome?.status !== 'success')
      throw new ParleyError('conflict', 'The ledger did not take the transaction.')
    return true
  }
}

/** NANOS that the node gets by the newest state that the ledger knows. */
function shareOf({ balances }: LedgerChannel): bigint {
  return balances[1] ?? 0n
}
