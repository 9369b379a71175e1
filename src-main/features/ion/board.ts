import type { Clock, Log, Random } from '../../base/index.ts'
import { type Fee, ParleyError, type SignallingCost, toParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import type { Store } from '../../store/index.ts'
import { IDLE_LOCAL_MS, IDLE_PUBLIC_MS, RECORD_NANOS, USUAL_MEMO_BYTES } from './constants.ts'
import { Spending } from './spending.ts'
import type { MemoBoard, MemoListener, MemoPurpose, MemoWatch, PostedMemo, Spent, WatchOptions } from './types.ts'
import { type Settled, Unwritten } from './unwritten.ts'
import { AddressWatch } from './watch.ts'

/** Who pays for records: the wallet, whose payments never take each other's coins. */
export interface MemoPayer {
  sendMemo(to: string, nanos: bigint, memo: Uint8Array): Promise<PostedMemo>
  /** The fee of a record with a memo of so many bytes. */
  memoFee(bytes: number): Promise<Fee>
  /** Tells of each transfer that is on the ledger for good, or never will be. */
  onSettled(listener: (transfer: Settled) => void): () => void
  /** Sends what is pending again, now. */
  resume(): Promise<void>
}

export interface BoardParts {
  ledger: Pick<Ledger, 'memos'>
  payer: MemoPayer
  store: Store
  /** Whether records may be written now. */
  allowed: () => boolean
  /** The ledger runs on this machine: looking at it often costs nobody anything. */
  local: boolean
  /** After each record that was paid. */
  paid?: () => void
  /** After each look that the ledger answered. */
  answered?: () => void
  clock: Clock
  random: Random
  log: Log
}

export function createMemoBoard(parts: BoardParts): MemoBoard & { stop(): void } {
  return new Board(parts)
}

class Board implements MemoBoard {
  readonly #parts: BoardParts
  readonly #spending: Spending
  readonly #watches = new Set<AddressWatch>()
  readonly #unwritten = new Unwritten()
  #stopped = false

  constructor(parts: BoardParts) {
    this.#parts = parts
    this.#spending = new Spending(parts.store, parts.clock)
    parts.payer.onSettled((transfer) => this.#unwritten.settled(transfer))
  }

  watch(address: string, options: WatchOptions, listener: MemoListener): MemoWatch {
    const { ledger, store, clock, random, log, local } = this.#parts
    const looked = () => {
      this.#resume()
      this.#parts.answered?.()
    }
    const parts = { ledger, store, clock, random, log, idleMs: local ? IDLE_LOCAL_MS : IDLE_PUBLIC_MS, looked }
    const watch = new AddressWatch(parts, address, options, listener)
    if (!this.#stopped) this.#watches.add(watch.start())
    return {
      look: () => watch.look(),
      stop: () => {
        this.#watches.delete(watch)
        watch.stop()
      },
    }
  }

  async post(to: string, memo: Uint8Array, purpose: MemoPurpose): Promise<PostedMemo> {
    if (this.#stopped) throw new ParleyError('offline', 'Parley is closing.')
    if (!this.allowed())
      throw new ParleyError(
        'payment_required',
        'This needs records on the ledger, which cost fees. Allow it in Settings.',
      )
    const paid = await this.#spending.within(purpose, () => this.#parts.payer.sendMemo(to, RECORD_NANOS, memo))
    this.#parts.paid?.()
    return paid
  }

  async write(to: string, memo: Uint8Array, purpose: MemoPurpose): Promise<PostedMemo> {
    const paid = await this.post(to, memo, purpose)
    if (paid.state === 'pending') await this.#unwritten.wait(paid.digest)
    return { ...paid, state: 'done' }
  }

  async cost(records: number, memoBytes = USUAL_MEMO_BYTES): Promise<SignallingCost> {
    const perRecord = await this.#parts.payer.memoFee(memoBytes)
    const times = BigInt(records)
    const fee = { burned: perRecord.burned * times, deposit: perRecord.deposit * times, relay: perRecord.relay * times }
    return { perRecord, records, fee, allowed: this.allowed() }
  }

  check(purpose: MemoPurpose): void {
    this.#spending.check(purpose)
  }

  allowed(): boolean {
    return this.#parts.allowed()
  }

  spent(purpose?: MemoPurpose): Spent {
    return this.#spending.spent(purpose)
  }

  /** The ledger answers: what somebody waits for goes now. The wallet's own looks are rarer the longer it was away. */
  #resume(): void {
    if (this.#unwritten.size === 0) return
    this.#parts.payer.resume().catch((thrown: unknown) => {
      this.#parts.log.warn({ code: toParleyError(thrown).code }, 'pending records could not be sent again')
    })
  }

  stop(): void {
    this.#stopped = true
    for (const watch of this.#watches) watch.stop()
    this.#watches.clear()
    this.#unwritten.stop()
  }
}
