import { concat, equal, fromHex, toHex } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type SigningKey, verifySignature } from '../../crypto/index.ts'
import { signingDigest } from '../../wire/index.ts'
import { CANDIDATES } from '../constants.ts'
import type { SectorMap } from '../sector/map.ts'
import { decodeMembers } from './core/founding.ts'
import { type Answer, type Ask, type Founding, type LogReader, SUCCESSOR, type View } from './core/types.ts'

/** A node says that a device of `owner`, linked to it, founds a log (domain parley/log-founding/1, of no chain). */
export function signFounding(key: SigningKey, group: string, owner: string): Founding {
  return { owner, via: toHex(key.publicKey), proof: key.sign(digestOf(group, owner)) }
}

/** Throws `bad_signature` where the node that is named has not said so. */
export function checkFounding(group: string, { owner, via, proof }: Founding): void {
  if (!verifySignature(fromHex(via), digestOf(group, owner), proof))
    throw new ParleyError('bad_signature', 'That a log was founded is not signed by the node that is named.')
}

function digestOf(group: string, owner: string): Uint8Array {
  return signingDigest('parley/log-founding/1', '', concat(fromHex(group), fromHex(owner)))
}

interface Parts {
  self: string
  rows: LogReader
  map: SectorMap
  /** One question to another node, and its answer as it came. */
  ask: (node: string, group: string, ask: Ask) => Promise<Answer>
}

/**
 * Whether a log that this node has not heard of was founded: a node on the map has signed it. Where that node is not on the map (any more), a
 * second node must know of the log, because a key that no map has costs nothing: then one node alone makes no log up.
 */
export class Vouching {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What another node asks. Throws `bad_signature` or `unauthorized`. */
  async requireAsk(from: string, group: string, ask: Ask): Promise<void> {
    if (ask.kind === 'adopt') await this.#requireView(from, group, ask.view)
    const isFounding = ask.kind === 'accept' && ask.view === 0 && !this.#parts.rows.row(group)?.number
    if (isFounding) this.#requireFounder(group, ask.value)
  }

  /** What another node answers. Throws the same. */
  async requireAnswer(from: string, group: string, ask: Ask, answer: Answer): Promise<void> {
    if (answer.kind === 'view') await this.#requireView(from, group, answer.view)
    if (ask.kind !== 'prepare' && ask.kind !== 'accept') return
    if (ask.view > 0 || ask.epoch !== SUCCESSOR) return
    if (answer.kind === 'decided') this.#requireFounder(group, answer.value)
    if (answer.kind === 'promised' && answer.accepted) this.#requireFounder(group, answer.accepted.value)
  }

  #requireFounder(group: string, value: Uint8Array): void {
    // What this node voted for is finished, also when the node that answers for it has left since.
    const own = this.#parts.rows.slot(group, SUCCESSOR)?.value
    if (own && equal(own, value)) return
    const founding = decodeMembers(value)
    checkFounding(group, founding)
    if (!this.#isKnown(founding.via)) throw unknown()
  }

  async #requireView(from: string, group: string, view: View): Promise<void> {
    if (this.#parts.rows.row(group)?.number) return
    checkFounding(group, view)
    if (this.#isKnown(view.via)) return
    const others = this.#witnessesOf(group, view).filter((node) => node !== from)
    // Where there is nobody else its word is all that there is.
    if (others.length === 0 && this.#parts.map.size <= 2) return
    await Promise.any(others.map((node) => this.#requireKnows(node, group))).catch(() => {
      throw unknown()
    })
  }

  async #requireKnows(node: string, group: string): Promise<void> {
    const answer = await this.#parts.ask(node, group, { kind: 'find' })
    if (answer.kind !== 'view') throw unknown()
  }

  #isKnown(node: string): boolean {
    return node === this.#parts.self || this.#parts.map.has(node)
  }

  /** Nodes on the map that may know of a log: who keeps or kept it first. */
  #witnessesOf(group: string, { members, previous }: View): string[] {
    const { map, self } = this.#parts
    const near = map.candidates(group).map(({ nodeKey }) => nodeKey)
    const all = new Set([...previous, ...members, ...near])
    return [...all].filter((node) => node !== self && map.has(node)).slice(0, 2 * CANDIDATES)
  }
}

function unknown(): ParleyError {
  return new ParleyError('unauthorized', 'Nobody that this node knows answers for the founding of this log.')
}
