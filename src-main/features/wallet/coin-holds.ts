import type { Clock } from '../../base/index.ts'
import type { TransferRow } from '../../store/index.ts'

/** A version that was spent is refused for ever, but a node's list of coins can lag behind only by seconds. */
const MOST_SPENT = 4096
/** A coin that another payment, perhaps of another device, holds at this version; a validator's lock lasts an epoch at most. */
const AVOID_MS = 10 * 60_000

/**
 * Which coins of an account no new payment may use: those that payments in flight hold (by id, whatever version the ledger
 * lists), the versions that were spent (a node may still list them), and the versions that met a refusal a short while ago.
 */
export class CoinHolds {
  readonly #clock: Clock
  readonly #held = new Map<string, string[]>()
  readonly #spent = new Set<string>()
  readonly #avoided = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get inFlight(): number {
    return this.#held.size
  }

  hold({ digest, coins }: Pick<TransferRow, 'digest' | 'coins'>): void {
    this.#held.set(digest, coins)
  }

  /** The ledger executed it, well or not: its coins have other versions now. */
  spend({ digest, coins }: Pick<TransferRow, 'digest' | 'coins'>): void {
    this.#held.delete(digest)
    for (const coin of coins) this.#spent.add(coin)
    for (const coin of this.#spent) {
      if (this.#spent.size <= MOST_SPENT) break
      this.#spent.delete(coin)
    }
  }

  /** The ledger will never execute it: its coins are as they were, or somebody else's doing changed them. */
  release({ digest, coins }: Pick<TransferRow, 'digest' | 'coins'>): void {
    this.#held.delete(digest)
    for (const coin of coins) this.#avoided.set(coin, this.#clock.now() + AVOID_MS)
  }

  /** As `id` or `id@version`; `withSpent` false leaves out the versions that a node should not list any more anyway. */
  reserved(withSpent = true): Set<string> {
    const reserved = new Set(withSpent ? this.#spent : [])
    const now = this.#clock.now()
    for (const [coin, until] of this.#avoided)
      if (until > now) reserved.add(coin)
      else this.#avoided.delete(coin)
    for (const coins of this.#held.values()) for (const coin of coins) reserved.add(coin.split('@')[0] as string)
    return reserved
  }
}
