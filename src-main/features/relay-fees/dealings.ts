import { SerialQueue } from '../../base/index.ts'
import type { Compared } from './record-watch.ts'
import type { RelayFeesParts, ToldFees } from './types.ts'
import { UseCount } from './use-count.ts'

/** Nodes whose prices are remembered. */
const MAX_NODES = 512

/** One node as this device deals with it. */
export interface Dealing {
  told: ToldFees | undefined
  count: UseCount
  queue: SerialQueue
  /** NANOS that it asks for and that were not paid. */
  asks: bigint | undefined
  compared?: Compared
}

/** By node. Beyond so many one that is not linked is forgotten; what it is owed is on disk. */
export class Dealings {
  readonly #parts: Pick<RelayFeesParts, 'store' | 'log' | 'nodes'>
  readonly #known = new Map<string, Dealing>()

  constructor(parts: Pick<RelayFeesParts, 'store' | 'log' | 'nodes'>) {
    this.#parts = parts
  }

  known(node: string): Dealing | undefined {
    return this.#known.get(node)
  }

  all(): Iterable<Dealing> {
    return this.#known.values()
  }

  of(node: string): Dealing {
    const known = this.#known.get(node)
    if (known) return known
    if (this.#known.size >= MAX_NODES) this.#forgetOne()
    const { store, log } = this.#parts
    const dealing = {
      told: undefined,
      count: new UseCount(store, node, log),
      queue: new SerialQueue(),
      asks: undefined,
    }
    this.#known.set(node, dealing)
    return dealing
  }

  #forgetOne(): void {
    const linked = new Set(this.#parts.nodes().map(({ nodeKey }) => nodeKey))
    for (const node of this.#known.keys()) if (!linked.has(node)) return void this.#known.delete(node)
  }
}
