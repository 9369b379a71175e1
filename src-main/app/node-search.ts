import { backoff, type Clock, type Log, type Random } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'
import type { KnownNode } from '../overlay/index.ts'

/** A link to a node that is there takes much less. */
const FIRST_MS = 4_000
/** Whoever has only the ledger looks so often whether there are nodes by now: two small questions each time. */
const MOST_MS = 300_000
/** A ledger that did not answer is asked again after this at the latest: the machine may have had no network. */
const AWAY_MOST_MS = 30_000
/** Nodes of one look that are tried: more than fail together, and few enough that devices spread over all. */
const SAMPLE = 16

export interface NodeSearchOptions {
  /** Live nodes of the registry; may reject. */
  find: () => Promise<readonly KnownNode[]>
  found: (nodes: readonly KnownNode[]) => void
  clock: Clock
  random: Random
  log: Log
}

/**
 * Looks in the ledger's registry for nodes while no home node is linked: those that were known may all be gone, or there never
 * were any. With such a link it rests, and the other home nodes are found by that link.
 */
export class NodeSearch {
  readonly #options: NodeSearchOptions
  #running = false
  #linked = false
  #attempt = 0
  #cancel = () => {}

  constructor(options: NodeSearchOptions) {
    this.#options = options
  }

  /** `known`: there are nodes to try first. */
  start(known: boolean): void {
    if (this.#running) return
    this.#running = true
    if (known) this.#later(MOST_MS)
    else void this.#look()
  }

  stop(): void {
    this.#running = false
    this.#cancel()
  }

  /** How many home nodes are linked now. */
  links(count: number): void {
    const linked = count > 0
    if (this.#linked === linked) return
    this.#linked = linked
    this.#attempt = 0
    this.#later(MOST_MS)
  }

  #later(most: number): void {
    this.#cancel()
    if (this.#linked || !this.#running) return
    const { clock, random } = this.#options
    const wait = backoff(this.#attempt++, 2 * FIRST_MS, most, random)
    this.#cancel = clock.after(wait, () => void this.#look())
  }

  async #look(): Promise<void> {
    const { find, found, random, log } = this.#options
    let most = MOST_MS
    try {
      const nodes = await find()
      if (!this.#running || this.#linked) return
      if (nodes.length > 0) found(sample(nodes, random))
    } catch (thrown) {
      most = AWAY_MOST_MS
      log.debug({ code: toParleyError(thrown).code }, 'the registry could not be searched for nodes')
    }
    this.#later(most)
  }
}

/** Some of them at random: whose record is the newest does not decide. */
function sample(nodes: readonly KnownNode[], random: Random): KnownNode[] {
  return nodes
    .map((node) => ({ node, place: random.float() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, SAMPLE)
    .map(({ node }) => node)
}
