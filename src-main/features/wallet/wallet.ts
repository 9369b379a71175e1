import { Emitter, sleep } from '../../base/index.ts'
import {
  type ActivityFilter,
  type CoinBalance,
  type Estimate,
  type Fee,
  isLedgerAway,
  ParleyError,
  toParleyError,
  type Transaction,
} from '../../contract/index.ts'
import type { AccountRow, ActivityRow, TransferRow } from '../../store/index.ts'
import { parseAddress } from '../../wire/index.ts'
import { Accounts } from './accounts.ts'
import { Activities, checkDigest } from './activities.ts'
import { fromLedger, merged, view } from './activity.ts'
import { toCsv } from './csv.ts'
import { HistorySync } from './history-sync.ts'
import { Transfers } from './transfers.ts'
import type { Amount, Paid, PaymentOrder, WalletEvents, WalletParts } from './types.ts'

/** Of a plain transfer, measured on the public networks: where there is nothing to simulate one with. */
const USUAL_FEE: Fee = { burned: 1_000_000n, deposit: 980_400n, relay: 0n }
/** What the screen waits for the ledger before it shows what is known. */
const PATIENCE_MS = 3_000
/** After a failure the ledger is not waited for; the watcher tells when it is back. */
const AWAY_MS = 5_000
/** Older pages that one question may fetch. */
const PAGES_AT_ONCE = 10
const MOST_LINES = 10_000
/** Below the 60 s that a call has over HTTP. */
const EXPORT_MS = 30_000

/** Accounts, balances, payments and activities. A payment's signed bytes are on disk before the ledger sees them. */
export class Wallet {
  readonly accounts: Accounts
  readonly #parts: WalletParts
  readonly #events: Emitter<WalletEvents>
  readonly #transfers: Transfers
  readonly #activities: Activities
  readonly #sync: HistorySync
  readonly #looks = new Map<number, Promise<boolean>>()
  #awayUntil = -Infinity

  constructor(parts: WalletParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a wallet listener failed'))
    this.accounts = new Accounts(parts)
    this.#transfers = new Transfers({ ...parts, accounts: this.accounts })
    this.#activities = new Activities(parts.store, (address) => this.#nameOf(address))
    this.#sync = new HistorySync({ ...parts, onActivity: (row) => this.#announce(row) })
    this.#transfers.on('activity', (row) => this.#announce(row))
  }

  /** Reads what an earlier process left; before anything else. */
  open(): void {
    this.accounts.open()
    this.#transfers.open()
  }

  /** Nothing is signed or written down any more. */
  stop(): void {
    this.#transfers.stop()
  }

  on<K extends keyof WalletEvents>(name: K, listener: (payload: WalletEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Tells when a payment of this wallet is final or failed. */
  onSettled(listener: (row: TransferRow) => void): () => void {
    return this.#transfers.on('settled', listener)
  }

  /** NANOS; where the ledger does not answer, the last known ones with the time when they were so. */
  async balance(index = 0): Promise<{ address: string; nanos: bigint; asOf?: number }> {
    const { address } = this.accounts.get(index)
    const asked = this.#isAway() ? undefined : this.#askBalance(index, address)
    try {
      const nanos = asked && (await this.#patiently(asked))
      if (nanos !== undefined) return { address, nanos }
    } catch (thrown) {
      if (!isLedgerAway(thrown) || this.accounts.get(index).balance === undefined) throw thrown
    }
    const { balance, balanceAt } = this.accounts.get(index)
    if (balance !== undefined)
      return { address, nanos: balance, ...(balanceAt === undefined ? {} : { asOf: balanceAt }) }
    return { address, nanos: await (asked ?? this.#askBalance(index, address)) }
  }

  coins(index: number): Promise<CoinBalance[]> {
    return this.#parts.ledger.balances(this.accounts.get(index).address)
  }

  /** `requestId`: of the request that it is to pay. */
  async estimate(index: number, to: string, amount: Amount, requestId?: string): Promise<Estimate> {
    this.accounts.get(index)
    return this.#transfers.estimate(index, parseAddress(to).address, amount, requestId)
  }

  /** See `Transfers.pay`. */
  async send(index: number, to: string, amount: Amount, note?: string, paymentId?: string): Promise<Paid> {
    this.accounts.get(index)
    const { address } = parseAddress(to)
    return this.#transfers.pay({ ...amount, account: index, to: address, kind: 'payment', note, paymentId })
  }

  /** A payment that another part of Parley makes for the user. */
  pay(order: PaymentOrder): Promise<Paid> {
    return this.#transfers.pay(order)
  }

  /** Leaves bytes for an address on the ledger, with at least 1 NANO; as safe as any payment. Public and permanent. */
  async sendMemo(to: string, nanos: bigint, memo: Uint8Array): Promise<Paid> {
    return this.#transfers.pay({ account: 0, to: parseAddress(to).address, nanos, memo, kind: 'signalling' })
  }

  /** What a memo of so many bytes costs beside the NANOS that it carries. */
  async memoFee(bytes: number): Promise<Fee> {
    try {
      return await this.#transfers.memoFee(bytes)
    } catch (thrown) {
      if (toParleyError(thrown).code !== 'insufficient_funds') throw thrown
      return { ...USUAL_FEE }
    }
  }

  /** Throws `not_found` where no account has such a transaction. */
  setNote(digest: string, note: string): void {
    checkDigest(digest)
    const { store } = this.#parts
    if (!store.activities.has(digest)) throw new ParleyError('not_found', 'There is no such transaction.')
    store.activities.setNote(digest, note)
    for (const { index } of this.accounts.rows()) {
      const row = store.activities.get(index, digest)
      if (row) this.#announce(row)
    }
  }

  /** Newest first, from this device; the ledger is asked for what is not here yet. */
  async history(
    index: number,
    limit: number,
    before: string | undefined,
    filter?: ActivityFilter,
  ): Promise<Transaction[]> {
    if (before === undefined) await this.#refresh(this.accounts.get(index))
    const rows = () => this.#activities.page(index, limit, before, filter)
    let found = rows()
    for (let pages = 0; pages < PAGES_AT_ONCE && found.length < limit; pages++) {
      if (!(await this.#older(index))) break
      found = rows()
    }
    return found.map(view)
  }

  /** Throws `not_found`. */
  async transaction(
    index: number,
    digest: string,
  ): Promise<{ transaction: Transaction; checkpoint?: string; epoch?: string }> {
    checkDigest(digest)
    const { store, ledger } = this.#parts
    const { address } = this.accounts.get(index)
    const known = store.activities.get(index, digest)
    try {
      const told = await ledger.transaction(digest, address)
      if (told && (known || told.sender === address || told.change !== 0n)) {
        const { checkpoint, epoch } = told
        const transaction = view({ ...merged(fromLedger(told, index, address), known), note: known?.note })
        return { transaction, ...(checkpoint ? { checkpoint } : {}), ...(epoch ? { epoch } : {}) }
      }
    } catch (thrown) {
      if (!known || !isLedgerAway(thrown)) throw thrown
    }
    if (!known) throw new ParleyError('not_found', 'This account has no such transaction.')
    return { transaction: view(known) }
  }

  /** `complete`: these are all that the account ever had. */
  async exportCsv(
    index: number,
    filter?: ActivityFilter,
  ): Promise<{ fileName: string; csv: string; complete: boolean }> {
    const { clock, store } = this.#parts
    await this.#refresh(this.accounts.get(index))
    const until = clock.steady() + EXPORT_MS
    // Of some kinds there can be few among many.
    const wanted = () => filter?.kinds !== undefined || store.activities.count(index) < MOST_LINES
    while (clock.steady() < until && wanted() && (await this.#older(index)));
    const rows = this.#activities.page(index, MOST_LINES + 1, undefined, filter)
    const date = new Date(clock.now()).toISOString().slice(0, 10)
    return {
      fileName: `parley-account-${index + 1}-${date}.csv`,
      csv: toCsv(rows.slice(0, MOST_LINES), (address) => this.#nameOf(address)),
      complete: rows.length <= MOST_LINES && this.accounts.get(index).gaps.length === 0,
    }
  }

  /** Asks the local ledger's faucet, and tells its gifts from payments. */
  async faucet(index: number): Promise<bigint> {
    const { ledger, store } = this.#parts
    const account = this.accounts.get(index)
    const before = new Set(store.activities.page(index, PAGES_AT_ONCE).map(({ digest }) => digest))
    const nanos = await ledger.faucet(account.address)
    await this.#look(account)
    const gifts = store.activities
      .page(index, PAGES_AT_ONCE)
      .filter(({ digest, direction }) => direction === 'in' && !before.has(digest))
    if (gifts.reduce((sum, gift) => sum + gift.nanos, 0n) !== nanos) return nanos
    for (const gift of gifts) {
      store.activities.save({ ...gift, kind: 'faucet' })
      this.#announce({ ...gift, kind: 'faucet' })
    }
    return nanos
  }

  /** One look of the watcher at one account; throws where the ledger does not answer. */
  async watch(index: number, withBalance: boolean): Promise<void> {
    const account = this.accounts.get(index)
    const news = await this.#look(account)
    if (news || withBalance || account.balanceAt === undefined) await this.#askBalance(index, account.address)
    await this.#sync.older(index)
    this.#awayUntil = -Infinity
  }

  /** Sends pending payments again. */
  resume(): Promise<void> {
    return this.#transfers.resume()
  }

  hasPending(): boolean {
    return this.#transfers.hasPending()
  }

  #nameOf(address: string): string | undefined {
    return this.#parts.store.contacts.get(address)?.name ?? this.accounts.nameOf(address)
  }

  async #askBalance(index: number, address: string): Promise<bigint> {
    const { ledger, store, clock } = this.#parts
    const nanos = await this.#noticing(ledger.balance(address))
    store.accounts.setBalance(index, nanos, clock.now())
    return nanos
  }

  /** Where the ledger is away, or slow, what is here must do; only an account that was never seen has nothing. */
  async #refresh(account: AccountRow): Promise<void> {
    const seen = account.balanceAt !== undefined || this.#parts.store.activities.count(account.index) > 0
    if (seen && this.#isAway()) return
    try {
      const looked = this.#look(account)
      await (seen ? this.#patiently(looked) : looked)
    } catch (thrown) {
      if (!seen || !isLedgerAway(thrown)) throw thrown
    }
  }

  /** Questions that come while one is under way share its answer. */
  #look(account: AccountRow): Promise<boolean> {
    const running = this.#looks.get(account.index)
    if (running) return running
    const look = this.#noticing(this.#sync.newest(account)).finally(() => this.#looks.delete(account.index))
    this.#looks.set(account.index, look)
    return look
  }

  async #older(index: number): Promise<boolean> {
    if (this.accounts.get(index).gaps.length === 0 || this.#isAway()) return false
    try {
      return await this.#noticing(this.#sync.older(index))
    } catch (thrown) {
      if (!isLedgerAway(thrown)) throw thrown
      return false
    }
  }

  #isAway(): boolean {
    return this.#parts.clock.steady() < this.#awayUntil
  }

  async #noticing<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked
    } catch (thrown) {
      if (isLedgerAway(thrown)) this.#awayUntil = this.#parts.clock.steady() + AWAY_MS
      throw thrown
    }
  }

  /** Undefined where it takes longer than a person should wait; it goes on. */
  #patiently<T>(asked: Promise<T>): Promise<T | undefined> {
    asked.catch(() => {})
    return Promise.race([asked, sleep(this.#parts.clock, PATIENCE_MS).then(() => undefined)])
  }

  #announce(row: ActivityRow): void {
    this.#events.emit('transaction', view(row))
  }
}
