import { backoff, type Clock, type Log, type Random, sleep } from '../../base/index.ts'
import { isLedgerAway, toParleyError } from '../../contract/index.ts'
import type { Wallet } from './wallet.ts'

/** Finality is 0.5 to 3 s, so a payment shows within a few seconds of being final, at little cost to the node. */
const EVERY_MS = 2_000
/** How long a stop waits for a look that is under way. */
const LAST_LOOK_MS = 500
const AFTER_FAULT_MOST_MS = 60_000
/** Further accounts take turns, so that many of them cost a node no more than a few do. */
const OTHERS_AT_ONCE = 3
/** Looks between two questions for a balance where nothing seems to have changed: half a minute. */
const BALANCE_EVERY = 15

export interface WatcherParts {
  wallet: Wallet
  clock: Clock
  random: Random
  log: Log
  /** Told after each look: whether the ledger answered. */
  onLedger: (reachable: boolean) => void
  /** Runs after each look that the ledger answered. */
  onLook: () => Promise<void>
}

/** One loop for all accounts: looks for transactions, and sends pending payments again when the ledger is back. */
export class WalletWatcher {
  readonly #parts: WatcherParts
  #faults = 0
  #looks = 0
  #turn = 0
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

  /** A look that is under way ends by itself and says nothing more: its requests have deadlines. */
  async stop(): Promise<void> {
    this.#running = false
    this.#cancel?.()
    await Promise.race([this.#looking, sleep(this.#parts.clock, LAST_LOOK_MS)])
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
    const { wallet, log, onLedger, onLook } = this.#parts
    try {
      if (wallet.hasPending()) await wallet.resume()
      const withBalance = this.#looks++ % BALANCE_EVERY === 0
      for (const index of this.#due()) {
        if (!this.#running) return
        await wallet.watch(index, withBalance)
      }
      this.#faults = 0
      if (!this.#running) return
      onLedger(true)
      await onLook()
    } catch (thrown) {
      this.#faults++
      if (!this.#running) return
      const away = isLedgerAway(thrown)
      if (away) onLedger(false)
      if (!away) log.error({ err: thrown }, 'a look at the ledger failed')
      else if (this.#faults === 1) log.warn({ code: toParleyError(thrown).code }, 'the ledger cannot be reached')
    }
  }

  #due(): number[] {
    const others = this.#parts.wallet.accounts.rows().slice(1)
    const due = Array.from({ length: Math.min(OTHERS_AT_ONCE, others.length) }, (_, step) => {
      return (others[(this.#turn + step) % others.length] as { index: number }).index
    })
    this.#turn += due.length
    return [0, ...due]
  }
}
