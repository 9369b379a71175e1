import type { Clock } from '../../base/index.ts'
import { POLLS_PER_EPOCH } from './constants.ts'

/** How long epochs take, as far as it was seen; the ledger says it only in ways that differ from network to network. */
export class EpochPace {
  readonly #clock: Clock
  readonly #startedAt: number
  #first: { epoch: bigint; at: number } | undefined
  #epochMs: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedAt = clock.steady()
  }

  get epochMs(): number | undefined {
    return this.#epochMs
  }

  seen(epoch: bigint): void {
    const at = this.#clock.steady()
    this.#first ??= { epoch, at }
    const passed = Number(epoch - this.#first.epoch)
    if (passed > 0) this.#epochMs = Math.max(1, (at - this.#first.at) / passed)
  }

  /** How long to wait: some looks in an epoch, and ever fewer where none has passed yet. */
  pollMs(least: number, most: number): number {
    const wanted =
      this.#epochMs === undefined ? (this.#clock.steady() - this.#startedAt) / 4 : this.#epochMs / POLLS_PER_EPOCH
    return Math.min(Math.max(wanted, least), most)
  }
}
