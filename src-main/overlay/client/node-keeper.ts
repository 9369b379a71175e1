import type { Clock } from '../../base/index.ts'
import type { NodeMemory } from '../types.ts'
import type { NodeSet } from './node-set.ts'

/** Nodes that were learnt are kept together after this. */
const SAVE_MS = 2_000

/** Keeps the nodes that a device knows for its next start, where it has a place for that. */
export class NodeKeeper {
  readonly #memory: NodeMemory | undefined
  readonly #set: NodeSet
  readonly #clock: Clock
  #cancel: (() => void) | undefined

  constructor(memory: NodeMemory | undefined, set: NodeSet, clock: Clock) {
    this.#memory = memory
    this.#set = set
    this.#clock = clock
  }

  soon(): void {
    if (this.#memory) this.#cancel ??= this.#clock.after(SAVE_MS, () => this.flush())
  }

  /** What is forgotten must not come back with the next start, also after a kill. */
  now(): void {
    this.soon()
    this.flush()
  }

  /** What waits is kept now. */
  flush(): void {
    if (!this.#cancel) return
    this.#cancel()
    this.#cancel = undefined
    this.#memory?.save(this.#set.toKeep())
  }
}
