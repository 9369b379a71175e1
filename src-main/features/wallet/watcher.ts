import { backoff, type Clock, type Log, type Random } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import type { Wallet } from './wallet.ts'

/** Finality is 0.5 to 3 s, so a payment shows within a few seconds of being final, at little cost to the node. */
const EVERY_MS = 2_000
const AFTER_FAULT_MOST_MS = 60_000
const PAGE = 20
/** Transactions remembered as seen; the ledger's own order makes older ones unreachable. */
const MOST_SEEN = 1000

export interface WatcherParts {
  wallet: Wallet
  ledger: Ledger
  address: string
  clock: Clock
  random: Random
  log: Log
  /** Told after each look: whether the ledger answered. */
  onLedger: (reachable: boolean) => void
}

/** Looks for transactions of this address, tells of new ones, and sends pending payments again when the ledger is back. */
export class WalletWatcher {
  readonly #parts: WatcherParts
  readonly #seen = new Set<string>()
  #first = true
  #faults = 0
  #running = false
  #cancel: (() => void) | undefined
  #looking: Promise<void> | undefined

  constructor(parts: WatcherParts) {
    this.#parts = parts
  }

  start(): void {
    this.#running = true
    this.#soon(0)
  }

  async stop(): Promise<void> {
    this.#running = false
    this.#cancel?.()
    await this.#looking
  }

  #soon(ms: number): void {
    if (!this.#running) return
    this.#cancel = this.#parts.clock.after(ms, () => {
      this.#looking = this.#look().finally(() => {
        const { random } = this.#parts
        this.#soon(this.#faults === 0 ? EVERY_MS : backoff(this.#faults, EVERY_MS, AFTER_FAULT_MOST_MS, random))
      })
    })
  }

  async #look(): Promise<void> {
    const { wallet, ledger, address, log, onLedger } = this.#parts
    try {
      if (wallet.hasPending()) await wallet.resume()
      const { transactions } = await ledger.history(address, PAGE)
      this.#faults = 0
      onLedger(true)
      for (const transaction of transactions.toReversed()) {
        if (this.#seen.has(transaction.digest)) continue
        this.#seen.add(transaction.digest)
        // Payments of our own are told by the wallet itself.
        if (!this.#first && transaction.sender !== address) wallet.announce(wallet.fromLedger(transaction))
      }
      this.#first = false
      for (const digest of this.#seen) {
        if (this.#seen.size <= MOST_SEEN) break
        this.#seen.delete(digest)
      }
    } catch (thrown) {
      this.#faults++
      if (this.#faults === 1) log.warn({ code: toParleyError(thrown).code }, 'the ledger cannot be reached')
      if (this.#running) onLedger(false)
    }
  }
}
