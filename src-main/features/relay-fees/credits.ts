import { equal, fromHex, SerialQueue } from '../../base/index.ts'
import { type Fee, ParleyError } from '../../contract/index.ts'
import type { ChannelCall, Channels, LedgerChannel } from '../../ledger/index.ts'
import type { LinkedNode } from '../../overlay/index.ts'
import type { RelayCreditRow } from '../../store/index.ts'
import { ChannelFinder, totalOf } from './channel-finder.ts'
import { checkFee, checkOwn, checkWindow, closing, isDearer, onItsWay, owes, sumOf } from './credit-checks.ts'
import { channelsOf, type CreditPayment, payCredit } from './credit-payment.ts'
import { compareWithRecord, recordOf } from './ledger-record.ts'
import type { EndCost, EndedCredit, RelayFeesParts, ToldFees } from './types.ts'
import type { Vouchers } from './vouchers.ts'

/** The ledger's clock may be behind this machine's. */
const SETTLE_MARGIN_MS = 1_500

/** What was sent and is not on the ledger yet: after that it is taken to have failed, and made again. */
const ON_ITS_WAY_MS = 60_000

/** The one-way channels to nodes: opening, adding, closing, and finding them again. Money moves by the wallet only. */
export class Credits {
  readonly #parts: RelayFeesParts
  readonly #vouchers: Vouchers
  readonly #finder: ChannelFinder
  readonly #queue = new SerialQueue()

  constructor(parts: RelayFeesParts, vouchers: Vouchers) {
    this.#parts = parts
    this.#vouchers = vouchers
    this.#finder = new ChannelFinder(parts)
  }

  /** What depositing costs, without doing it. */
  async cost(node: string, told: ToldFees, nanos: bigint): Promise<{ fee: Fee; total: bigint }> {
    const { call } = await this.#deposit(node, told, nanos)
    const channels = await this.#channels()
    const { fee, total } = await channels.prepare({ from: this.#parts.self, call })
    return { fee, total }
  }

  /**
   * Opens a channel, or adds to the one that is open. `agree` runs with what is written down when it is signed. Resolves when the ledger
   * has it; `timeout` where it does not yet, or has not one that was made before: then nothing is made a second time.
   */
  open(
    node: string,
    told: ToldFees,
    nanos: bigint,
    agree: () => void,
  ): Promise<{ channelId: string; digest: string; fee: Fee }> {
    return this.#queue.run(async () => {
      await this.#awaitOpening(node)
      const { call, row } = await this.#deposit(node, told, nanos)
      const { store, clock } = this.#parts
      if (this.#isOnItsWay(row)) throw onItsWay()
      const onRecord = (digest: string) => {
        agree()
        if (call.kind === 'open') store.relayFees.saveCredit({ ...row, digest, at: clock.now() })
      }
      const paid = await this.#pay(row, call, nanos, { onRecord })
      if (paid.state === 'pending') throw onItsWay()
      const key = call.kind === 'open' ? paid.digest : row.digest
      await this.#refresh(await this.#channels(), this.#row(key))
      const { channel } = this.#row(key)
      if (channel === undefined) throw new ParleyError('timeout', 'The ledger does not show the credit yet.')
      return { channelId: channel, digest: paid.digest, fee: paid.fee }
    })
  }

  /** What ending a channel costs and brings, without doing it; `owed`: NANOS that the node has not been promised yet. */
  endCost(node: string, linked: LinkedNode | undefined, owed: bigint): Promise<EndCost> {
    return this.#queue.run(async () => {
      const { channels, channel, row } = await this.#ending(node)
      const isOwn = row.state === 'open'
      // What this device used is not owed from the credit of another one.
      const used = row.paid + (isOwn ? owed : 0n)
      const kept = used < row.deposited ? used : row.deposited
      const atOnce = isOwn && linked !== undefined
      const fee = await this.#endFee(channels, channel, atOnce)
      return { fee, returned: row.deposited - kept, kept, atOnce, windowMs: channel.windowMs }
    })
  }

  /**
   * Ends a channel: at once with the node's consent, otherwise after the challenge window. Answers what comes back, when, and the fee of what was
   * signed. `isOwed`: whether more than was promised is owed, by the count here too. `most`: NANOS of fees that the user was shown;
   * `conflict` where it takes more, and nothing has begun.
   */
  close(
    node: string,
    linked: LinkedNode | undefined,
    isOwed: () => Promise<boolean>,
    most?: bigint,
  ): Promise<EndedCredit> {
    return this.#queue.run(async () => {
      const { clock } = this.#parts
      const { channels, channel, row } = await this.#ending(node)
      const returned = row.deposited - row.paid
      const agreeing = row.state === 'open' ? linked : undefined
      if (most !== undefined) checkFee(await this.#endFee(channels, channel, agreeing !== undefined), most)
      const state = agreeing && (await this.#consent(agreeing, row, isOwed))
      const together = state && (await this.#payTogether(row, { kind: 'close', channel, state }, returned, most))
      const { fee } = together ?? (await this.#pay(row, { kind: 'startClose', channel, party: 0 }, 0n, { most }))
      this.#end(row)
      const after = await this.#refresh(channels, row)
      return { returned, at: together ? clock.now() : after?.closesAt || clock.now() + row.windowMs, fee }
    })
  }

  /** The channel that is to be ended, as the ledger shows it. Throws `not_found`, or `conflict` where that has begun. */
  async #ending(node: string): Promise<{ channels: Channels; channel: LedgerChannel; row: RelayCreditRow }> {
    const { store } = this.#parts
    const rows = store.relayFees.credits().filter((each) => each.node === node)
    const row = this.#vouchers.creditOf(node) ?? rows.find(({ state }) => state === 'elsewhere')
    if (!row && rows.some(({ state }) => state === 'closing')) throw closing()
    if (!row?.channel) throw new ParleyError('not_found', 'There is no open credit at this node.')
    const channels = await this.#channels()
    const channel = await this.#refresh(channels, row)
    if (!channel || channel.closesAt !== 0) throw closing()
    return { channels, channel, row: this.#row(row.digest) }
  }

  /** At most; `atOnce`: the node may agree, which it is asked only when it is certain that this credit ends. */
  async #endFee(channels: Channels, channel: LedgerChannel, atOnce: boolean): Promise<Fee> {
    const { together, alone } = await channels.endCost(this.#parts.self, channel, 0)
    return atOnce && sumOf(together) > sumOf(alone) ? together : alone
  }

  /** Undefined where it takes more than was shown: the slow way costs what the ledger said. */
  async #payTogether(row: RelayCreditRow, call: ChannelCall, nanos: bigint, most: bigint | undefined) {
    try {
      return await this.#pay(row, call, nanos, { most })
    } catch (error) {
      if (!isDearer(error)) throw error
      this.#parts.log.info({ err: error }, 'a credit ends without the consent of its node')
      return undefined
    }
  }

  /**
   * Undefined where the node does not agree. That it may have agreed is on disk first: from then on it takes no voucher of this channel,
   * whatever becomes of the transaction.
   */
  async #consent(
    linked: LinkedNode,
    row: RelayCreditRow,
    isOwed: () => Promise<boolean>,
  ): Promise<Awaited<ReturnType<Vouchers['consent']>> | undefined> {
    const { store, log } = this.#parts
    this.#end(row)
    try {
      return await this.#vouchers.consent(linked, row)
    } catch (error) {
      // Only what is owed is a reason to stop: a node that does not answer, or asks for more than was used, is left by the slow way.
      if (error instanceof ParleyError && error.code === 'payment_required' && (await isOwed())) {
        store.relayFees.saveCredit({ ...this.#row(row.digest), state: 'open', closesAt: 0 })
        throw owes(error)
      }
      log.info({ err: error }, 'a node does not consent to closing at once')
      return undefined
    }
  }

  /** It stays so until the ledger says that it is closed: an end that failed is made again. */
  #end({ digest }: RelayCreditRow): void {
    const { store, clock } = this.#parts
    store.relayFees.saveCredit({ ...this.#row(digest), state: 'closing', closesAt: clock.now() + ON_ITS_WAY_MS })
  }

  /** Looks at every channel that is not closed, and settles those whose window is over. */
  look(): Promise<void> {
    return this.#queue.run(async () => {
      const { store, log } = this.#parts
      const open = store.relayFees.credits().filter(({ state }) => state !== 'closed')
      if (open.length === 0) return
      const channels = await this.#channels()
      for (const row of open) {
        try {
          await this.#step(channels, row)
        } catch (error) {
          log.warn({ err: error }, 'a credit could not be looked after')
        }
      }
    })
  }

  /** Once for each data set: the channels that this address has opened before. */
  search(): Promise<void> {
    return this.#queue.run(() => this.#finder.search())
  }

  async #step(channels: Channels, row: RelayCreditRow): Promise<void> {
    const { clock } = this.#parts
    const channel = await this.#refresh(channels, row)
    const newest = this.#row(row.digest)
    if (!channel || newest.state !== 'closing' || this.#isOnItsWay(newest)) return
    if (channel.closesAt === 0) {
      if (clock.now() < newest.closesAt) return
      this.#end(newest)
      await this.#pay(newest, { kind: 'startClose', channel, party: 0 }, 0n)
      await this.#refresh(channels, newest)
      return
    }
    if (clock.now() < channel.closesAt + SETTLE_MARGIN_MS) return
    await this.#pay(newest, { kind: 'settle', channel, destroy: { party: 0 } }, channel.balances[0] ?? 0n)
    await this.#refresh(channels, newest)
  }

  /** Throws `timeout` where a deposit that opens a channel to this node is not on the ledger yet; one that is late holds up nobody. */
  async #awaitOpening(node: string): Promise<void> {
    const opening = () =>
      this.#parts.store.relayFees.credits().filter((row) => row.node === node && row.state === 'opening')
    if (opening().length === 0) return
    const channels = await this.#channels()
    for (const row of opening())
      await this.#refresh(channels, row).catch((error: unknown) => {
        if (!this.#finder.isLate(row)) throw error
        this.#parts.log.warn({ err: error }, 'a credit that was paid for is not found')
      })
    if (opening().some((row) => !this.#finder.isLate(row))) throw onItsWay()
  }

  /** Whether a transaction of a credit with this payee is signed and its outcome not known. */
  #isOnItsWay({ owner }: RelayCreditRow): boolean {
    return this.#parts.store.transfers.pending().some(({ kind, to }) => kind === 'credit' && to === owner)
  }

  /** Takes over what the ledger says of a channel: it alone says that one is closed. Answers the channel where it is there. */
  async #refresh(channels: Channels, row: RelayCreditRow): Promise<LedgerChannel | undefined> {
    const { store, deviceKey } = this.#parts
    const id = row.channel ?? (await this.#finder.openedBy(channels, row))
    if (id === undefined) {
      if (store.transfers.get(row.digest)?.state === 'failed') store.relayFees.saveCredit({ ...row, state: 'closed' })
      return undefined
    }
    const channel = await channels.read(id)
    const newest = this.#row(row.digest)
    // A server of the ledger that is behind does not have it yet.
    if (!channel && newest.state === 'opening') return undefined
    if (!channel || channel.settled) {
      store.relayFees.saveCredit({ ...newest, channel: id, state: 'closed' })
      return undefined
    }
    const open = equal(channel.parties[0]?.key ?? new Uint8Array(), deviceKey.publicKey) ? 'open' : 'elsewhere'
    const state = channel.closesAt !== 0 || newest.state === 'closing' ? 'closing' : open
    const closesAt = channel.closesAt || newest.closesAt
    store.relayFees.saveCredit({ ...newest, channel: id, state, closesAt, deposited: totalOf(channel) })
    return channel
  }

  #row(digest: string): RelayCreditRow {
    const row = this.#parts.store.relayFees.credits().find((each) => each.digest === digest)
    if (!row) throw new ParleyError('not_found', 'There is no such credit.')
    return row
  }

  async #deposit(node: string, told: ToldFees, nanos: bigint): Promise<{ call: ChannelCall; row: RelayCreditRow }> {
    const { ledger, self, deviceKey } = this.#parts
    const { payee } = told
    if (!payee) throw new ParleyError('not_supported', 'This node asks for nothing.')
    compareWithRecord(told, await recordOf(ledger, node, told))
    const channels = await this.#channels()
    const known = this.#vouchers.creditOf(node)
    // One that was found again has no digest of its own: that it is this device's is a server's word only, and none to pay by.
    if (known?.channel !== undefined && known.channel !== known.digest) {
      const channel = await channels.read(known.channel)
      if (channel && channel.closesAt === 0) {
        checkOwn(this.#parts, channel, payee.owner)
        return { call: { kind: 'deposit', channel, party: 0, nanos }, row: known }
      }
    }
    if (channels.packageId !== payee.packageId)
      throw new ParleyError('conflict', 'This node is paid by another contract than this program knows.', {
        reason: 'other_contract',
      })
    const windowMs = Number(payee.windowMs)
    checkWindow(windowMs)
    const parties = [
      { key: deviceKey.publicKey, payout: self },
      { key: fromHex(node), payout: payee.owner },
    ]
    const call = { kind: 'open', chain: await ledger.chain(), parties, balances: [nanos, 0n], windowMs } as const
    const { packageId, owner } = payee
    const rest = { deposited: nanos, paid: 0n, closesAt: 0, at: 0 }
    return {
      call,
      row: { digest: '', channel: undefined, node, state: 'opening', owner, packageId, windowMs, ...rest },
    }
  }

  #pay(...[row, call, nanos, options]: CreditPayment) {
    return payCredit(this.#parts, row, call, nanos, options)
  }

  #channels(): Promise<Channels> {
    return channelsOf(this.#parts)
  }
}
