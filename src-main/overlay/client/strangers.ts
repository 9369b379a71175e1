import type { Clock, Log } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { NodeRecordValue } from '../../wire/index.ts'
import { postageAsked } from '../fees/asks.ts'
import type { RelayPayer } from '../fees/payer.ts'
import type { SendResult } from '../types.ts'
import { linkedNode } from './linked-node.ts'
import type { Links } from './links.ts'
import type { NodeLink } from './node-link.ts'
import type { SetNode } from './node-set.ts'

/** Long enough for a person to read what it costs and to decide. */
const VISIT_MS = 300_000
const DIAL_MS = 5_000
/** People whose home nodes are visited at once: three links each. */
const MAX_VISITS = 4
/** What was refused for want of postage is asked again by itself: a node may ask for nothing by then. */
const ASK_AGAIN_MS = 600_000
const MAX_REFUSED = 5_000

export interface StrangersParts {
  links: Links
  /** Without one nothing is paid. */
  payer: RelayPayer | undefined
  /** Answers those of the nodes named that can be believed. */
  check: ((records: readonly NodeRecordValue[]) => Promise<readonly NodeRecordValue[]>) | undefined
  clock: Clock
  log: Log
}

/**
 * Contact requests to people whose home nodes ask strangers for postage. Only a node that this device is linked to can be paid
 * by it, so it links to those home nodes for some minutes.
 */
export class Strangers {
  readonly #parts: StrangersParts
  /** Addresses whose home nodes have refused, and when. */
  readonly #refused = new Map<string, number>()
  /** By address: what ends the visit. */
  readonly #visits = new Map<string, { nodes: SetNode[]; cancel: () => void }>()

  constructor(parts: StrangersParts) {
    this.#parts = parts
  }

  stop(): void {
    for (const { cancel } of this.#visits.values()) cancel()
    this.#visits.clear()
  }

  /**
   * Sends by one home node of the address after the other, the cheapest first, and never by two at once: only one is to be paid.
   * Rejects with `refusal`, where none takes it for what the user has agreed to.
   */
  async send(address: string, refusal: unknown, ask: (link: NodeLink) => Promise<SendResult>): Promise<SendResult> {
    const { payer, log, links, clock } = this.#parts
    if (!payer) throw refusal
    const wait = this.#askAgainIn(address)
    if (wait > 0 && !payer.canPay(address)) throw later(refusal, wait)
    const visited = await this.#visit(address)
    const nodes = visited.map((link) => linkedNode(links, link))
    let last = refusal
    for (const { nodeKey } of await payer.cheapest(nodes, address)) {
      const link = visited.find((each) => each.nodeKey === nodeKey)
      if (!link) continue
      try {
        const result = await ask(link)
        this.#refused.delete(address)
        return result
      } catch (error) {
        log.debug({ err: error }, 'a home node does not take the request')
        if (postageAsked(error) !== undefined) last = error
      }
    }
    if (this.#refused.size >= MAX_REFUSED) this.#refused.clear()
    this.#refused.set(address, clock.now())
    throw later(last, ASK_AGAIN_MS)
  }

  /** Each visit opens links, which is a reason to try everything again: it must not be one for the next visit. */
  #askAgainIn(address: string): number {
    const at = this.#refused.get(address)
    return at === undefined ? 0 : Math.min(ASK_AGAIN_MS, at + ASK_AGAIN_MS - this.#parts.clock.now())
  }

  async #visit(address: string): Promise<NodeLink[]> {
    const { links, check, clock } = this.#parts
    const [link] = await links.towards(address)
    if (!link) return []
    const { nodes } = await link.request('getSector', { address }, 'sector')
    links.believe(check ? await check(nodes) : nodes)
    const homes = links.homesOf(address)
    const before = this.#visits.get(address)
    before?.cancel()
    this.#visits.set(address, { nodes: homes, cancel: clock.after(VISIT_MS, () => this.#end(address)) })
    this.#leave(before?.nodes ?? [])
    for (const other of this.#visits.keys()) if (this.#visits.size > MAX_VISITS) this.#end(other)
    return links.visit(homes, DIAL_MS)
  }

  #end(address: string): void {
    const visit = this.#visits.get(address)
    if (!visit) return
    visit.cancel()
    this.#visits.delete(address)
    this.#leave(visit.nodes)
  }

  /** Those of them that nobody else is visited at. */
  #leave(nodes: readonly SetNode[]): void {
    const wanted = new Set([...this.#visits.values()].flatMap((visit) => visit.nodes.map((node) => node.fingerprint)))
    this.#parts.links.endVisit(nodes.filter(({ fingerprint }) => !wanted.has(fingerprint)))
  }
}

function later(refusal: unknown, retryAfter: number): ParleyError {
  const { message } = refusal as ParleyError
  return new ParleyError('payment_required', message, { reason: `postage:${postageAsked(refusal)}`, retryAfter })
}
