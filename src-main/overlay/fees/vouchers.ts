import { type Clock, equal, toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type SigningKey, verifySignature } from '../../crypto/index.ts'
import type { Channels, LedgerChannel } from '../../ledger/index.ts'
import { channelStateDigest, type LinkBody } from '../../wire/index.ts'
import { Buckets } from '../limits/buckets.ts'
import { paymentRequired } from './asks.ts'
import type { FeeBook } from './book.ts'
import type { BookChannel } from './channel-table.ts'

/** Channels of one device at a time: one that is closing, and one or two that take its place. */
const MAX_CHANNELS = 4
/** Who has the node's consent closes the channel within this time; then the node does. */
const CONSENT_MS = 600_000
/** A voucher of an unknown channel asks the ledger: so often may an address do that. */
const LOOKS = { perSecond: 0.5, burst: 10 }

/** A device pays by channels that name its own key: devices of one address never sign for the same one. */
interface Payer {
  address: string
  device: string
}

export interface VoucherParts {
  book: FeeBook
  key: SigningKey
  /** Address that is paid. */
  owner: () => string
  chain: () => string
  channels: () => Promise<Channels>
  epoch: () => Promise<{ epoch: bigint }>
  /** Least challenge window that is taken. */
  windowMs: number
  /** NANOS of a device that are not promised yet. */
  unpaid: (payer: Payer) => bigint
  clock: Clock
}

/** Takes vouchers: each is checked against the channel on the ledger, and is on disk before anything is served for it. */
export class VoucherDesk {
  readonly #parts: VoucherParts
  readonly #looks: Buckets

  constructor(parts: VoucherParts) {
    this.#parts = parts
    this.#looks = new Buckets(parts.clock, LOOKS)
  }

  /** Throws `conflict` (older than what is known, or closing), `bad_signature`, `not_found`, `unauthorized`, `invalid_params`. */
  async take(payer: Payer, voucher: LinkBody<'voucher'>): Promise<void> {
    const { book, clock, chain } = this.#parts
    const [deposited, paid] = [voucher.deposited, voucher.paid]
    const channels = await this.#parts.channels()
    const known = await this.#known(channels, payer, voucher.channel, deposited)
    if (paid < 1n || paid > deposited)
      throw new ParleyError('invalid_params', 'The voucher promises what is not there.')
    const balances = [deposited - paid, paid]
    const state = { packageId: channels.packageId, channel: known.id, sequence: paid, confirmed: 0n, balances }
    if (!verifySignature(known.payerKey, channelStateDigest(chain(), state), voucher.signature))
      throw new ParleyError('bad_signature', 'The voucher is not signed by who opened the channel.')
    const { signature } = voucher
    const newest = (now: BookChannel) => {
      // Looked at again, because others may have come while the ledger was asked.
      if (now.state !== 'open')
        throw new ParleyError('conflict', 'This channel is closing.', { reason: 'channel_closing' })
      if (paid < now.paid) throw new ParleyError('conflict', 'A newer voucher is known.', { reason: 'old_voucher' })
      return { deposited: known.deposited, paid, counted: deposited, signature }
    }
    book.changeChannel(known, newest, clock.now())
  }

  /** Signs for closing at once, by what was promised; nothing more is served on the channel. Throws `payment_required` for what is not. */
  async consent(payer: Payer, wish: LinkBody<'closeChannel'>): Promise<Uint8Array> {
    const { book, key, chain, clock, unpaid } = this.#parts
    const [deposited, paid, sequence] = [wish.deposited, wish.paid, wish.sequence]
    const channels = await this.#parts.channels()
    const known = await this.#known(channels, payer, wish.channel, deposited)
    if (paid < known.paid || paid > deposited || sequence <= paid)
      throw new ParleyError('conflict', 'A newer voucher is known.', { reason: 'old_voucher' })
    const owed = unpaid(payer)
    if (owed > paid - known.paid) throw paymentRequired(owed, 'What was used has not been promised yet.')
    if (deposited !== known.deposited)
      throw new ParleyError('conflict', 'The channel holds another amount.', { reason: 'other_deposit' })
    const balances = [deposited - paid, paid]
    const state = { packageId: channels.packageId, channel: known.id, sequence, confirmed: 0n, balances }
    const digest = channelStateDigest(chain(), state, true)
    if (!verifySignature(known.payerKey, digest, wish.signature))
      throw new ParleyError('bad_signature', 'This is not signed by who opened the channel.')
    const closesAt = clock.now() + CONSENT_MS
    const closing = (now: BookChannel) => {
      if (paid < now.paid) throw new ParleyError('conflict', 'A newer voucher is known.', { reason: 'old_voucher' })
      return { state: 'closing', closesAt, shown: paid } as const
    }
    book.changeChannel(known, closing, clock.now())
    return key.sign(digest)
  }

  async #known(channels: Channels, payer: Payer, id: string, deposited: bigint): Promise<BookChannel> {
    const { book } = this.#parts
    const known = book.channel(id)
    if (known && (known.address !== payer.address || toHex(known.payerKey) !== payer.device)) throw foreign()
    if (known && isCounted(known, deposited)) return known
    this.#looks.require(payer.address)
    const found = await channels.read(id)
    if (!found) throw new ParleyError('not_found', 'There is no such channel on the ledger.')
    const checked = await this.#check(found, payer)
    const total = found.base + found.deposits.reduce((sum, { amount }) => sum + amount, 0n)
    if (!sumsOf(found).includes(deposited))
      throw new ParleyError('invalid_params', 'The voucher counts another deposit than the channel has.')
    return { ...(book.channel(id) ?? checked), deposited: total }
  }

  /** The channel is one that pays this node, from this device, as it must be to be safe. */
  async #check(found: LedgerChannel, { address, device }: Payer): Promise<BookChannel> {
    const { book, key, owner, chain, windowMs, epoch } = this.#parts
    const [payer, payee] = found.parties
    if (found.parties.length !== 2 || !payer || !payee || found.chain !== chain()) throw foreign()
    if (payer.payout !== address || toHex(payer.key) !== device) throw foreign()
    if (payee.payout !== owner() || !equal(payee.key, key.publicKey)) throw foreign()
    if (found.closesAt !== 0 || found.settled || found.sequence !== 0n)
      throw new ParleyError('conflict', 'This channel is closing.', { reason: 'channel_closing' })
    if (
      found.windowMs < windowMs ||
      found.balances[0] !== found.base ||
      found.deposits.some(({ party }) => party !== 0)
    )
      throw new ParleyError('invalid_params', 'The channel is not as this node needs it.')
    if (!book.channel(found.id) && book.channelsOf(address, device).length >= MAX_CHANNELS)
      throw new ParleyError('rate_limited', 'Too many channels of this device are open.')
    return {
      id: found.id,
      address,
      payerKey: payer.key,
      windowMs: found.windowMs,
      sharedAt: found.sharedAt,
      base: found.base,
      deposited: found.base,
      paid: 0n,
      counted: found.base,
      signature: undefined,
      state: 'open',
      closesAt: 0,
      epoch: (await epoch()).epoch,
      shown: 0n,
    }
  }
}

/** The last look at the ledger showed this very sum, or the voucher before counted it. */
function isCounted({ deposited, counted, base }: BookChannel, sum: bigint): boolean {
  return sum === deposited || sum === counted || sum === base
}

/** What a state may hold: the opening, and each deposit after it. */
function sumsOf({ base, deposits }: LedgerChannel): bigint[] {
  const sums = [base]
  for (const { amount } of deposits) sums.push((sums.at(-1) ?? base) + amount)
  return sums
}

function foreign(): ParleyError {
  return new ParleyError('unauthorized', 'This channel does not pay this node from this device.')
}
