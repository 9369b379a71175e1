import { type Clock, Emitter, type Log, sleep } from '../../base/index.ts'
import { type Estimate, type Fee, ParleyError } from '../../contract/index.ts'
import type { Ledger, LedgerSigner, UnsignedTransfer } from '../../ledger/index.ts'
import type { ActivityRow, Store, TransferRow } from '../../store/index.ts'
import { hash256 } from '../../wire/index.ts'
import type { Accounts } from './accounts.ts'
import { Lane } from './lane.ts'
import {
  checkAmount,
  coinsChanged,
  feeOf,
  lacksCoins,
  orderHash,
  stillMerging,
  sumOfFees,
  tooManyMerges,
  waitedInVain,
} from './orders.ts'
import { Submitter } from './submitter.ts'
import type { Amount, Paid, PaymentOrder } from './types.ts'

/** IOTA intent of a transaction: scope 0, version 0, app 0. */
const TRANSACTION_INTENT = Uint8Array.of(0, 0, 0)
/** How long a payment waits for coins that others hold; below the 60 s that a call has over HTTP. */
const WAIT_MOST_MS = 45_000
/** 40,000 coins: nobody can keep a payment merging for ever. */
const MOST_MERGES = 32
/** A node that still lists spent versions of coins is asked again after this time. */
const LISTING_LOOK_MS = 200

export interface TransfersParts {
  store: Store
  ledger: Ledger
  accounts: Accounts
  signerOf: (index: number) => Promise<LedgerSigner>
  clock: Clock
  log: Log
}

export interface TransferEvents {
  /** An activity is new or changed. */
  activity: ActivityRow
  /** A transfer became final or failed. */
  settled: TransferRow
}

type Wanted = Pick<PaymentOrder, 'to' | 'memo' | 'kind' | 'requestId' | 'prepare'> & Amount

/**
 * Makes payments: chooses coins that no other payment in flight holds, signs, writes the signed bytes down, and only then
 * sends them. No two transactions are ever signed over one version of a coin.
 */
export class Transfers {
  readonly #parts: TransfersParts
  readonly #events: Emitter<TransferEvents>
  readonly #submitter: Submitter
  readonly #lanes = new Map<number, Lane>()
  #stopped = false

  constructor(parts: TransfersParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a wallet listener failed'))
    this.#submitter = new Submitter({
      ...parts,
      onSettled: (row, outcome) => {
        const lane = this.#lane(row.account)
        if (outcome === 'executed') lane.coins.spend(row)
        else lane.coins.release(row)
        lane.settled()
        this.#announce(row)
        this.#events.emit('settled', row)
      },
    })
  }

  on<K extends keyof TransferEvents>(name: K, listener: (payload: TransferEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Takes up what an earlier process left: pending payments hold their coins, whatever became of them. */
  open(): void {
    for (const row of this.#parts.store.transfers.pending()) {
      this.#lane(row.account).coins.hold(row)
      this.#submitter.doubt(row.digest)
    }
  }

  /** Nothing is signed and nothing is written down from now on. */
  stop(): void {
    this.#stopped = true
    this.#submitter.stop()
    for (const lane of this.#lanes.values()) lane.settled()
  }

  /** The fee of a payment and what arrives, without making it. */
  async estimate(account: number, to: string, amount: Amount, requestId?: string): Promise<Estimate> {
    const { plan, ...one } = await this.#simulate(account, { ...amount, to, kind: 'payment', requestId })
    const { fee, nanos, total, transactions } = plan ?? { ...one, transactions: 1 }
    return { fee, nanos, total, transactions }
  }

  async memoFee(bytes: number): Promise<Fee> {
    const to = this.#parts.accounts.get(0).address
    return (await this.#simulate(0, { to, nanos: 1n, memo: new Uint8Array(bytes), kind: 'signalling' })).fee
  }

  /**
   * Pays. Resolves when the ledger has it, or, where the ledger cannot be reached after the payment was signed and stored,
   * with the payment pending: it is sent again, byte for byte, until the ledger knows it. Where its coins are too many for
   * one transaction, some are merged first, each merge as safe as a payment. A throw before that means that nothing was paid. `conflict` with reason `coins_changed`: the ledger did not take it; `payment_failed`: it was executed
   * and failed, its fee is gone; `payment_id`: the caller's id stands for another payment.
   */
  async pay(order: PaymentOrder): Promise<Paid> {
    if (!order.prepare) checkAmount(order)
    const lane = this.#lane(order.account)
    const until = this.#parts.clock.steady() + WAIT_MOST_MS
    const merges: TransferRow[] = []
    const row = this.#known(order) ?? (await lane.run(() => this.#enter(order, lane, until, merges)))
    const settled = row.state === 'pending' ? await this.#submitter.submit(row) : row
    if (settled.state === 'failed') throw this.#failure(settled)
    return { digest: row.digest, fee: sumOfFees([...merges, row]), state: settled.state }
  }

  /** Sends pending payments again; called at the start and while there are some. */
  resume(): Promise<void> {
    return this.#submitter.resume()
  }

  hasPending(): boolean {
    return this.#parts.store.transfers.pending().length > 0
  }

  /** The payment that was made under the order's id. Throws `conflict` where that was another one. */
  #known(order: PaymentOrder): TransferRow | undefined {
    const id = order.paymentId
    const row = id === undefined ? undefined : this.#parts.store.transfers.forOrder(id)
    if (!row || row.order?.hash === orderHash(order)) return row
    throw new ParleyError('conflict', 'Another payment was made under this id.', { reason: 'payment_id' })
  }

  /** Only what was executed cost something. */
  #failure({ account, digest, failure }: TransferRow): ParleyError {
    const cause = new Error(failure)
    if (this.#parts.store.activities.get(account, digest)?.fee === undefined) return coinsChanged(cause)
    const message = 'The ledger executed the payment and it failed. The amount is still here; the fee was charged.'
    return new ParleyError('conflict', message, { reason: 'payment_failed', cause })
  }

  /** Waits until there are coins for it, then writes it down, signed; from then on its coins are held. */
  async #enter(order: PaymentOrder, lane: Lane, until: number, merges: TransferRow[]): Promise<TransferRow> {
    const { clock } = this.#parts
    // The same order may have waited before this one.
    const known = this.#known(order)
    if (known) return known
    for (;;) {
      if (this.#stopped) throw new ParleyError('locked', 'Parley was locked before the payment was made.')
      if (clock.steady() > until) throw merges.length > 0 ? stillMerging() : waitedInVain()
      if (order.all && lane.coins.inFlight > 0) {
        await lane.nextSettled(until - clock.steady())
        continue
      }
      try {
        const transfer = await this.#prepare(order, lane.coins.reserved())
        if (transfer.plan) {
          merges.push(await this.#merge(order, transfer, lane, until))
          if (merges.length > MOST_MERGES) throw tooManyMerges()
          continue
        }
        await order.beforeSigning?.()
        return await this.#record(order, transfer, lane)
      } catch (thrown) {
        if (!lacksCoins(thrown)) throw thrown
        if (lane.coins.inFlight > 0) await lane.nextSettled(until - clock.steady())
        else if (await this.#isStale(order, lane)) await sleep(clock, LISTING_LOOK_MS)
        else throw thrown
      }
    }
  }

  /** Puts coins of the account together. A failure of it is one of the payment: nothing was paid. */
  async #merge({ account }: PaymentOrder, transfer: UnsignedTransfer, lane: Lane, until: number): Promise<TransferRow> {
    const to = this.#parts.accounts.get(account).address
    const row = await this.#record({ account, to, kind: 'merge' }, transfer, lane)
    const settled = await this.#submitter.submit(row)
    if (settled.state === 'failed') throw this.#failure(settled)
    if (settled.state === 'pending') await lane.nextSettled(until - this.#parts.clock.steady())
    return settled
  }

  /** Whether the node still lists coins that were spent: with what came of them there would be enough. */
  async #isStale(order: PaymentOrder, lane: Lane): Promise<boolean> {
    try {
      await this.#prepare(order, lane.coins.reserved(false))
      return true
    } catch {
      return false
    }
  }

  async #record(order: PaymentOrder, transfer: UnsignedTransfer, lane: Lane): Promise<TransferRow> {
    const { store, signerOf, clock } = this.#parts
    const signer = await signerOf(order.account)
    if (this.#stopped) throw new ParleyError('locked', 'Parley was locked before the payment was made.')
    const row: TransferRow = {
      digest: transfer.digest,
      account: order.account,
      kind: order.kind,
      requestId: order.requestId,
      order: order.paymentId === undefined ? undefined : { id: order.paymentId, hash: orderHash(order) },
      to: order.to,
      nanos: transfer.nanos,
      ...transfer.fee,
      bytes: transfer.bytes,
      signature: signer.sign(hash256(TRANSACTION_INTENT, transfer.bytes)),
      coins: transfer.coins,
      state: 'pending',
      failure: undefined,
      at: clock.now(),
      refusedAt: undefined,
    }
    store.transaction(() => {
      // Taken meanwhile by a payment of another account: that is another payment.
      this.#known(order)
      order.onRecord?.(row.digest)
      store.transfers.add(row)
      store.activities.save(this.#activityOf(row, order.direction))
      if (order.note !== undefined) store.activities.setNote(row.digest, order.note)
    })
    lane.coins.hold(row)
    this.#announce(row)
    return row
  }

  #prepare(order: Wanted & { account: number }, reserved: Set<string>): Promise<UnsignedTransfer> {
    if (order.prepare) return order.prepare(reserved)
    const { ledger, accounts } = this.#parts
    const { to, nanos = 0n, all = false, memo, requestId } = order
    const from = accounts.get(order.account).address
    const how = { all, merge: order.kind === 'payment', contended: requestId !== undefined }
    return ledger.prepareTransfer({ from, to, nanos, reserved, ...how, ...(memo ? { memo } : {}) })
  }

  /** Never signed, so it may count on coins that come back from payments in flight. */
  async #simulate(account: number, order: Wanted): Promise<UnsignedTransfer> {
    checkAmount(order)
    const { coins } = this.#lane(account)
    try {
      return await this.#prepare({ ...order, account }, coins.reserved())
    } catch (thrown) {
      if (!lacksCoins(thrown) || coins.inFlight === 0) throw thrown
      return this.#prepare({ ...order, account }, new Set())
    }
  }

  #lane(account: number): Lane {
    const lane = this.#lanes.get(account) ?? new Lane(this.#parts.clock)
    this.#lanes.set(account, lane)
    return lane
  }

  #announce({ account, digest }: TransferRow): void {
    const row = this.#parts.store.activities.get(account, digest)
    if (row) this.#events.emit('activity', row)
  }

  #activityOf(row: TransferRow, wanted?: 'in'): ActivityRow {
    const self = this.#parts.accounts.get(row.account).address === row.to
    const direction = wanted ?? (self ? 'self' : 'out')
    return {
      ...{ account: row.account, digest: row.digest, at: row.at, kind: row.kind, nanos: row.nanos },
      ...{ direction, counterparty: self ? undefined : row.to, fee: feeOf(row) },
      ...{ state: row.state, failure: undefined, synced: false },
    }
  }
}
