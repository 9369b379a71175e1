import { concat, fromHex, toHex } from '../../base/index.ts'
import { hash256, type NodeRecordValue } from '../../wire/index.ts'
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
const INCARNATION_BYTES = 16
const VIEW_BYTES = 16

interface Cursor {
  incarnation: Uint8Array
  seq: number
}

/**
 * Reads what other nodes have changed: from where it stopped, or from the start where this node has become home to other
 * addresses since (its neighbours or the salt changed), or the other node's state is another.
 */
export class CatchUp {
  readonly #parts: ReplicationParts
  readonly #receiver: FactReceiver
  readonly #salts: () => Uint8Array[]
  readonly #running = new Set<string>()
  #stopped = true
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

  /** Reads on at every linked node that may have something for this one. */
  round(): void {
    const { peers, map, self } = this.#parts
    const near = new Set(map.near(self, 2 * NEIGHBOURS).map(({ nodeKey }) => nodeKey))
    for (const node of peers.linked()) if (near.has(node.nodeKey)) void this.#read(node)
  }

  #again(): void {
    this.#cancel = this.#parts.clock.after(ROUND_MS, () => {
      this.round()
      this.#again()
    })
  }

  async #read(node: NodeRecordValue): Promise<void> {
    const { nodeKey } = node
    if (this.#running.has(nodeKey)) return
    this.#running.add(nodeKey)
    try {
      const view = this.#view()
      let cursor = this.#load(nodeKey, view)
      for (let page = 0; page < MAX_PAGES && !this.#stopped; page++) {
        const after = await this.#page(node, cursor)
        if (after.seq === cursor.seq && toHex(after.incarnation) === toHex(cursor.incarnation)) return
        await this.#save(nodeKey, view, after)
        cursor = after
      }
    } catch (error) {
      this.#parts.log.debug({ err: error }, 'another node could not be caught up with')
    } finally {
      this.#running.delete(nodeKey)
    }
  }

  async #page(node: NodeRecordValue, { incarnation, seq }: Cursor): Promise<Cursor> {
    const body = { incarnation, cursor: seq }
    const answer = await this.#parts.peers.request(node, 'syncSince', body, 'changes', SYNC_MS)
    await this.#receiver.learn(node, answer.facts)
    return { incarnation: answer.incarnation, seq: answer.next }
  }

  /** What decides which addresses this node keeps. */
  #view(): Uint8Array {
    const { map, self } = this.#parts
    const neighbours = map.near(self, NEIGHBOURS).map(({ nodeKey }) => fromHex(nodeKey))
    return hash256(concat(...this.#salts(), ...neighbours)).slice(0, VIEW_BYTES)
  }

  #load(nodeKey: string, view: Uint8Array): Cursor {
    const row = this.#parts.state.rows.get('SELECT value FROM meta WHERE name = ?', nameOf(nodeKey))
    const value = row?.['value'] as Uint8Array | undefined
    const start = { incarnation: new Uint8Array(INCARNATION_BYTES), seq: 0 }
    if (value?.length !== VIEW_BYTES + INCARNATION_BYTES + 8) return start
    if (toHex(value.subarray(0, VIEW_BYTES)) !== toHex(view)) return start
    return {
      incarnation: value.slice(VIEW_BYTES, VIEW_BYTES + INCARNATION_BYTES),
      seq: Number(Buffer.from(value).readBigUInt64BE(VIEW_BYTES + INCARNATION_BYTES)),
    }
  }

  async #save(nodeKey: string, view: Uint8Array, { incarnation, seq }: Cursor): Promise<void> {
    const place = Buffer.alloc(8)
    place.writeBigUInt64BE(BigInt(seq))
    const value = concat(view, incarnation, place)
    await this.#parts.state.apply('setMeta', { name: nameOf(nodeKey), value })
  }
}

function nameOf(nodeKey: string): string {
  return `sync/${nodeKey}`
}
