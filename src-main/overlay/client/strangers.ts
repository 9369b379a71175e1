import { type Clock, Lately, type Log, SerialQueue } from '../../base/index.ts'
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
/** One device's request waits so long for those of the recipient's others; whoever asked has given up soon after. */
const TURN_MS = 30_000

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
  /** Addresses whose home nodes have all refused for want of postage. */
  readonly #refused: Lately
  /** Addresses whose request could be paid for: until it went through a refusal is a passing one. */
  readonly #payable: Lately
  readonly #turns = new Map<string, SerialQueue>()
  /** By address: what ends the visit. */
  readonly #visits = new Map<string, { nodes: SetNode[]; cancel: () => void }>()

  constructor(parts: StrangersParts) {
    this.#parts = parts
    this.#refused = new Lately(parts.clock, ASK_AGAIN_MS)
    this.#payable = new Lately(parts.clock, ASK_AGAIN_MS)
  }

  stop(): void {
    for (const { cancel } of this.#visits.values()) cancel()
    this.#visits.clear()
  }

  /**
   * Sends by one home node of the address after the other, the cheapest first, and never by two at once: only one is to be paid.
   * Those to several devices of the address go in turn, too: what the first paid is good for the others, once it is charged.
   * Rejects with `refusal`, where none takes it for what the user has agreed to.
   */
  async send(address: string, refusal: unknown, ask: (link: NodeLink) => Promise<SendResult>): Promise<SendResult> {
    const { payer, clock } = this.#parts
    if (!payer) throw refusal
    const turns = this.#turns.get(address) ?? new SerialQueue()
    this.#turns.set(address, turns)
    const before = clock.steady()
    try {
      return await turns.run(() => {
        if (clock.steady() - before > TURN_MS) throw refusal
        return this.#send(payer, address, refusal, ask)
      })
    } finally {
      if (turns.length === 0) this.#turns.delete(address)
    }
  }

  async #send(
    payer: RelayPayer,
    address: string,
    refusal: unknown,
    ask: (link: NodeLink) => Promise<SendResult>,
  ): Promise<SendResult> {
    const { log, links } = this.#parts
    // Each visit opens links, which is a reason to try everything again: it must not be one for the next visit.
    const wait = this.#refused.left(address)
    if (payer.canPay(address)) this.#payable.note(address)
    else if (wait > 0) throw later(refusal, wait)
    const { homes, linked } = await this.#visit(address)
    const nodes = linked.map((link) => linkedNode(links, link))
    let last = refusal
    let refusals = 0
    for (const { nodeKey } of await payer.cheapest(nodes, address)) {
      const link = linked.find((each) => each.nodeKey === nodeKey)
      if (!link) continue
      try {
        const result = await ask(link)
        this.#refused.forget(address)
        this.#payable.forget(address)
        return result
      } catch (error) {
        log.debug({ err: error }, 'a home node does not take the request')
        if (postageAsked(error) === undefined) continue
        last = error
        refusals++
      }
    }
    // A home node that was not reached may be the very one that is to be paid.
    if (refusals < Math.max(1, homes) || this.#payable.has(address)) throw last
    this.#refused.note(address)
    throw later(last, ASK_AGAIN_MS)
  }

  /** How many home nodes there are, and the links to those that were reached. */
  async #visit(address: string): Promise<{ homes: number; linked: NodeLink[] }> {
    const { links, check, clock } = this.#parts
    const [link] = await links.towards(address)
    if (!link) return { homes: 0, linked: [] }
    const { nodes } = await link.request('getSector', { address }, 'sector')
    links.believe(check ? await check(nodes) : nodes)
    const homes = links.homesOf(address)
    const before = this.#visits.get(address)
    before?.cancel()
    this.#visits.set(address, { nodes: homes, cancel: clock.after(VISIT_MS, () => this.#end(address)) })
    this.#leave(before?.nodes ?? [])
    for (const other of this.#visits.keys()) if (this.#visits.size > MAX_VISITS) this.#end(other)
    return { homes: homes.length, linked: await links.visit(homes, DIAL_MS) }
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
