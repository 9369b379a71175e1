import { concat, fromHex, toHex } from '../../base/index.ts'
import { hash256, type NodeRecordValue } from '../../wire/index.ts'
import { Gaps } from './gaps.ts'
import { loadProgress, type Progress, saveProgress, VIEW_BYTES } from './progress.ts'
import type { FactReceiver } from './receiver.ts'
import type { ReplicationParts } from './types.ts'

/** Every so often everything that a linked node has changed is read on, though it also gives it unasked. */
const ROUND_MS = 10_000
/** After a new link or a change of the map, so that several are one round. */
const SOON_MS = 200
/** Nodes that can hold facts of this node's addresses, in a network of any size. */
const NEIGHBOURS = 32
/** Frames of one round from one node; the next round goes on. */
const MAX_PAGES = 10_000
const SYNC_MS = 10_000
/** Every so many rounds what was refused is asked for again: a clock is set right, and room made, within minutes. */
const AGAIN_ROUNDS = 6
/** Pages of it that are refused once more before the next such round. */
const MAX_REFUSED_AGAIN = 4

interface Reading {
  node: NodeRecordValue
  view: Uint8Array
  at: Progress
}

/**
 * Reads what other nodes have changed: from where it stopped, or from the start where this node has become home to other
 * addresses since (its neighbours or the salt changed), or the other node's state is another. What was refused because of this node's clock
 * or room, or as too much at once, is not held for read: it is asked for again.
 */
export class CatchUp {
  readonly #parts: ReplicationParts
  readonly #receiver: FactReceiver
  readonly #salts: () => Uint8Array[]
  readonly #running = new Set<string>()
  #stopped = true
  #rounds = 0
  #cancel = () => {}
  #soon: (() => void) | undefined

  constructor(parts: ReplicationParts, receiver: FactReceiver, salts: () => Uint8Array[]) {
    this.#parts = parts
    this.#receiver = receiver
    this.#salts = salts
  }

  start(): void {
    this.#stopped = false
    this.#again()
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
    this.#soon?.()
    this.#soon = undefined
  }

  /** There may be something new to read: a link, a node, a salt. */
  soon(): void {
    if (this.#stopped) return
    this.#soon ??= this.#parts.clock.after(SOON_MS, () => {
      this.#soon = undefined
      this.round()
    })
  }

  /** Reads on at every linked node that may have something for this one. `again`: also what was refused before. */
  round(again = false): void {
    const { peers, map, self } = this.#parts
    const near = new Set(map.near(self, 2 * NEIGHBOURS).map(({ nodeKey }) => nodeKey))
    for (const node of peers.linked()) if (near.has(node.nodeKey)) void this.#read(node, again)
  }

  #again(): void {
    this.#cancel = this.#parts.clock.after(ROUND_MS, () => {
      this.round(++this.#rounds % AGAIN_ROUNDS === 0)
      this.#again()
    })
  }

  async #read(node: NodeRecordValue, again: boolean): Promise<void> {
    const { nodeKey } = node
    if (this.#running.has(nodeKey)) return
    this.#running.add(nodeKey)
    try {
      const view = this.#view()
      const reading = { node, view, at: loadProgress(this.#parts.state, nodeKey, view) }
      const isNews = await this.#readOn(reading)
      if (again || isNews) await this.#fillGaps(reading)
    } catch (error) {
      this.#parts.log.debug({ err: error }, 'another node could not be caught up with')
    } finally {
      this.#running.delete(nodeKey)
    }
  }

  /** Reads what is new; whether there was anything. */
  async #readOn(reading: Reading): Promise<boolean> {
    const { at } = reading
    for (let page = 0; page < MAX_PAGES && !this.#stopped; page++) {
      const { incarnation, next, complete } = await this.#page(reading, at.seq)
      const isOther = toHex(incarnation) !== toHex(at.incarnation)
      if (!isOther && next === at.seq) return page > 0
      if (isOther) Object.assign(at, { incarnation, seq: 0, gaps: new Gaps(), turn: 0 })
      if (!complete && next > at.seq) at.gaps.add({ after: at.seq, until: next })
      at.seq = next
      await this.#save(reading)
    }
    return true
  }

  /**
   * Reads again what was refused for a reason that may be over. A page that is still refused waits for its next turn, behind the
   * others: whoever tells what is never taken holds up nothing else.
   */
  async #fillGaps(reading: Reading): Promise<void> {
    const { at } = reading
    let refused = 0
    for (let page = 0; page < MAX_PAGES && refused < MAX_REFUSED_AGAIN && !this.#stopped; page++) {
      const gap = at.gaps.next(at.turn)
      if (!gap) return
      const after = gap.after < at.turn && at.turn < gap.until ? at.turn : gap.after
      const { incarnation, next, complete } = await this.#page(reading, after)
      if (toHex(incarnation) !== toHex(at.incarnation)) return
      const until = next > after ? Math.min(next, gap.until) : gap.until
      if (complete) at.gaps.remove({ after, until })
      else refused++
      at.turn = until
      await this.#save(reading)
    }
  }

  async #page(
    { node, at }: Reading,
    cursor: number,
  ): Promise<{ incarnation: Uint8Array; next: number; complete: boolean }> {
    const body = { incarnation: at.incarnation, cursor }
    const { incarnation, next, facts } = await this.#parts.peers.request(node, 'syncSince', body, 'changes', SYNC_MS)
    return { incarnation, next, complete: await this.#receiver.learn(node, facts) }
  }

  #save({ node, view, at }: Reading): Promise<void> {
    return saveProgress(this.#parts.state, node.nodeKey, view, at)
  }

  /** What decides which addresses this node keeps. */
  #view(): Uint8Array {
    const { map, self } = this.#parts
    const neighbours = map.near(self, NEIGHBOURS).map(({ nodeKey }) => fromHex(nodeKey))
    return hash256(concat(...this.#salts(), ...neighbours)).slice(0, VIEW_BYTES)
  }
}
