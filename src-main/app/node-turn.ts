import type { Clock } from '../base/index.ts'
import type { LinkStatus } from '../overlay/index.ts'

/** Nodes that are known get so long to answer, or to come back, before the ledger, which costs money, takes over. */
const FALLBACK_AFTER_MS = 20_000

export interface NodeTurnOptions {
  /** Nodes were given by hand. */
  given: boolean
  /** The nodes' turn has begun or is over. */
  changed: () => void
  clock: Clock
}

/**
 * Whose turn it is to carry things: the nodes', given or found, while one is linked, and for 20 s after none is; the ledger's
 * then. Where nobody has ever heard of a node, the ledger's as soon as its registry was searched.
 */
export class NodeTurn {
  readonly #options: NodeTurnOptions
  #linked = false
  /** Nodes are known: given, kept from before, or found in the registry. */
  #known: boolean
  #searched = false
  #since: { now: number; steady: number }
  #wasOver = false
  #running = false
  #cancel = () => {}

  constructor(options: NodeTurnOptions) {
    const { clock, given } = options
    this.#options = options
    this.#known = given
    this.#since = { now: clock.now(), steady: clock.steady() }
  }

  start(): void {
    this.#running = true
    this.#unlinked()
    this.#arm()
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  /** How the links to nodes stand now. */
  links(links: readonly Pick<LinkStatus, 'state'>[]): void {
    const linked = links.some(({ state }) => state === 'connected')
    if (links.length > 0) this.#known = true
    if (this.#linked && !linked) this.#unlinked()
    this.#linked = linked
    this.#look()
  }

  /** The ledger's registry was searched, and so many nodes were found there. */
  searched(found: number): void {
    this.#searched = true
    if (found > 0) this.#known = true
    this.#look()
  }

  /** No node can be used now. */
  get isOver(): boolean {
    if (this.#linked) return false
    return (!this.#known && this.#searched) || this.#passedMs() >= FALLBACK_AFTER_MS
  }

  #unlinked(): void {
    const { clock } = this.#options
    this.#since = { now: clock.now(), steady: clock.steady() }
  }

  /** Again after each look that came too soon: timers may fire a millisecond before their time. */
  #arm(): void {
    this.#cancel()
    if (!this.#running || this.#linked || this.isOver) return
    const rest = Math.max(1, Math.ceil(FALLBACK_AFTER_MS - this.#passedMs()))
    this.#cancel = this.#options.clock.after(rest, () => this.#look())
  }

  /** A machine that slept has waited too, and a clock that was set back makes nobody wait longer. */
  #passedMs(): number {
    const { clock } = this.#options
    return Math.max(clock.now() - this.#since.now, clock.steady() - this.#since.steady)
  }

  #look(): void {
    this.#arm()
    const isOver = this.isOver
    if (isOver === this.#wasOver) return
    this.#wasOver = isOver
    if (this.#running) this.#options.changed()
  }
}
