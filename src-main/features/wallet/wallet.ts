import { type Clock, Emitter, type Log, SerialQueue } from '../../base/index.ts'
import { type Fee, ParleyError, type Transaction, toParleyError } from '../../contract/index.ts'
import type { Ledger, LedgerPage, LedgerSigner, LedgerTransaction, UnsignedTransfer } from '../../ledger/index.ts'
import type { Store, TransferRow } from '../../store/index.ts'
import { hash256, parseAddress } from '../../wire/index.ts'

/** IOTA intent of a transaction: scope 0, version 0, app 0. */
const TRANSACTION_INTENT = Uint8Array.of(0, 0, 0)
/** The ledger answers pages of at most this many. */
const LEDGER_PAGE = 50
/** 32 bytes in base58. */
const DIGEST = /^[1-9A-HJ-NP-Za-km-z]{40,44}$/
/** All the tokens there are, so that a nonsense amount is refused before it is asked of the ledger. */
const MOST_NANOS = 10n ** 19n

/** Of a plain transfer, measured on the public networks: where there is nothing to simulate one with. */
const USUAL_FEE: Fee = { burned: 1_000_000n, deposit: 980_400n, relay: 0n }

export interface WalletParts {
  store: Store
  ledger: Ledger
  signer: LedgerSigner
  clock: Clock
  log: Log
}

export interface WalletEvents {
  transaction: Transaction
}

/** Balance, payments and history of one address. A payment's signed bytes are on disk before the ledger sees them. */
export class Wallet {
  readonly #parts: WalletParts
  readonly #events: Emitter<WalletEvents>
  /** One transfer at a time: two that choose the same coin could lock it until the epoch ends (LEDGER.md). */
  readonly #queue = new SerialQueue()

  constructor(parts: WalletParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a wallet listener failed'))
  }

  on<K extends keyof WalletEvents>(name: K, listener: (payload: WalletEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  async balance(): Promise<{ address: string; nanos: bigint }> {
    const { address } = this.#parts.signer
    return { address, nanos: await this.#parts.ledger.balance(address) }
  }

  async estimate(to: string, nanos: bigint): Promise<{ fee: Fee; total: bigint }> {
    const transfer = await this.#queue.run(() => this.#prepare(to, nanos))
    return { fee: transfer.fee, total: transfer.total }
  }

  /**
   * Pays. Resolves when the ledger has it, or, where the ledger cannot be reached after the payment was signed and stored,
   * with the payment pending: it is sent again, byte for byte, until the ledger knows it.
   */
  send(to: string, nanos: bigint): Promise<{ digest: string; fee: Fee }> {
    return this.#pay(to, nanos, undefined)
  }

  /** Leaves bytes for an address on the ledger, with at least 1 NANO; as safe as any payment. Public and permanent. */
  sendMemo(to: string, nanos: bigint, memo: Uint8Array): Promise<{ digest: string; fee: Fee }> {
    return this.#pay(to, nanos, memo)
  }

  /** What a memo of so many bytes costs beside the NANOS that it carries. */
  async memoFee(bytes: number): Promise<Fee> {
    const { address } = this.#parts.signer
    try {
      return (await this.#queue.run(() => this.#prepare(address, 1n, new Uint8Array(bytes)))).fee
    } catch (thrown) {
      if (toParleyError(thrown).code !== 'insufficient_funds') throw thrown
      return { ...USUAL_FEE }
    }
  }

  #pay(to: string, nanos: bigint, memo: Uint8Array | undefined): Promise<{ digest: string; fee: Fee }> {
    return this.#queue.run(async () => {
      const transfer = await this.#prepare(to, nanos, memo)
      const signature = this.#parts.signer.sign(hash256(TRANSACTION_INTENT, transfer.bytes))
      const row = this.#record(transfer, parseAddress(to).address, signature, memo ? 'signalling' : 'payment')
      this.#announce(row)
      const settled = await this.#submit(row)
      if (settled.state === 'failed')
        throw new ParleyError('conflict', `The ledger refused the payment: ${settled.failure}`)
      return { digest: row.digest, fee: feeOf(row) }
    })
  }

  /** Sends pending payments again; called at the start and whenever the ledger is back. */
  async resume(): Promise<void> {
    const pending = this.#parts.store.transfers.pending()
    if (pending.length === 0) return
    await this.#queue.run(async () => {
      for (const row of pending) await this.#submit(row)
    })
  }

  hasPending(): boolean {
    return this.#parts.store.transfers.pending().length > 0
  }

  /** Newest first: payments on their way or refused, then what the ledger knows. */
  async history(limit: number, before: string | undefined): Promise<Transaction[]> {
    if (before !== undefined && !DIGEST.test(before))
      throw new ParleyError('invalid_params', 'This is not the digest of a transaction.')
    const own = this.#parts.store.transfers.list(LEDGER_PAGE)
    const page = await this.#ledgerPage(Math.min(limit, LEDGER_PAGE), before, own.length > 0)
    const known = new Set(page.transactions.map((transaction) => transaction.digest))
    const local =
      before === undefined ? own.filter((row) => (page.away || row.state !== 'done') && !known.has(row.digest)) : []
    const all = [...local.map(fromRow), ...page.transactions.map((transaction) => this.fromLedger(transaction))]
    return all.slice(0, limit)
  }

  /** While the ledger is away, the payments that this wallet made itself can still be looked at. */
  async #ledgerPage(
    limit: number,
    before: string | undefined,
    hasOwn: boolean,
  ): Promise<LedgerPage & { away: boolean }> {
    try {
      return { ...(await this.#parts.ledger.history(this.#parts.signer.address, limit, before)), away: false }
    } catch (thrown) {
      if (!hasOwn || before !== undefined || toParleyError(thrown).code !== 'ledger_unreachable') throw thrown
      return { transactions: [], away: true }
    }
  }

  faucet(): Promise<bigint> {
    return this.#parts.ledger.faucet(this.#parts.signer.address)
  }

  /** A ledger transaction as this address sees it. */
  fromLedger(transaction: LedgerTransaction): Transaction {
    const self = this.#parts.signer.address
    const mine = transaction.sender === self
    const others = transaction.changes.filter((change) => change.address !== self)
    const gained = others.filter((change) => change.nanos > 0n)
    const direction = mine ? (gained.length > 0 ? 'out' : 'self') : 'in'
    const counterparty = mine ? gained[0]?.address : transaction.sender
    const nanos = mine ? gained.reduce((sum, change) => sum + change.nanos, 0n) : transaction.change
    return {
      digest: transaction.digest,
      account: 0,
      kind: 'payment',
      direction,
      ...(counterparty === undefined ? {} : { counterparty }),
      nanos,
      ...(mine ? { fee: transaction.fee } : {}),
      at: transaction.at,
      state: transaction.status === 'success' ? 'done' : 'failed',
      ...(transaction.error === undefined ? {} : { failure: transaction.error }),
    }
  }

  announce(transaction: Transaction): void {
    this.#events.emit('transaction', transaction)
  }

  async #prepare(to: string, nanos: bigint, memo?: Uint8Array): Promise<UnsignedTransfer> {
    const { address } = parseAddress(to)
    if (nanos < 1n) throw new ParleyError('invalid_params', 'A payment is at least 1 NANOS.')
    if (nanos > MOST_NANOS) throw new ParleyError('insufficient_funds', 'This is more than there is.')
    const reserved = new Set(this.#parts.store.transfers.pending().flatMap((row) => row.coins))
    const from = this.#parts.signer.address
    return this.#parts.ledger.prepareTransfer({ from, to: address, nanos, reserved, ...(memo ? { memo } : {}) })
  }

  #record(transfer: UnsignedTransfer, to: string, signature: Uint8Array, kind: TransferRow['kind']): TransferRow {
    const row: TransferRow = {
      digest: transfer.digest,
      account: 0,
      kind,
      requestId: undefined,
      to,
      nanos: transfer.nanos,
      ...transfer.fee,
      bytes: transfer.bytes,
      signature,
      coins: transfer.coins,
      state: 'pending',
      failure: undefined,
      at: this.#parts.clock.now(),
      refusedAt: undefined,
    }
    this.#parts.store.transfers.add(row)
    return row
  }

  async #submit(row: TransferRow): Promise<TransferRow> {
    const { ledger, store, signer, log } = this.#parts
    try {
      const known = await ledger.outcome(row.digest)
      const outcome = known ?? (await ledger.submit(row.bytes, row.signature, signer.publicKey))
      return this.#settle(row, outcome.status === 'success' ? 'done' : 'failed', outcome.error)
    } catch (thrown) {
      const error = toParleyError(thrown)
      if (error.code === 'conflict' || error.code === 'insufficient_funds' || error.code === 'invalid_params')
        return this.#settle(row, 'failed', error.message)
      log.warn({ code: error.code }, 'a payment waits for the ledger')
      return store.transfers.get(row.digest) ?? row
    }
  }

  #settle(row: TransferRow, state: 'done' | 'failed', failure: string | undefined): TransferRow {
    this.#parts.store.transfers.setState(row.digest, state, failure)
    const settled = { ...row, state, failure }
    this.#announce(settled)
    return settled
  }

  #announce(row: TransferRow): void {
    this.#events.emit('transaction', fromRow(row))
  }
}

function feeOf(row: TransferRow): Fee {
  return { burned: row.burned, deposit: row.deposit, relay: row.relay }
}

function fromRow(row: TransferRow): Transaction {
  return {
    digest: row.digest,
    account: row.account,
    kind: row.kind,
    direction: 'out',
    counterparty: row.to,
    nanos: row.nanos,
    fee: feeOf(row),
    at: row.at,
    state: row.state,
    ...(row.failure === undefined ? {} : { failure: row.failure }),
  }
}
