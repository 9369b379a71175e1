import * as v from 'valibot'
import { type GivenNode, ParleyError } from '../contract/index.ts'
import { formatNodeAddress, type NodeAddress, parseNodeAddress } from '../overlay/index.ts'
import type { Store } from '../store/index.ts'

const NAME = 'ownNodes'
/** As many as a start takes: each of them is dialled. */
const MAX_NODES = 64

const keptSchema = v.pipe(v.array(v.pipe(v.string(), v.maxLength(2048))), v.maxLength(MAX_NODES))

/**
 * The S2 nodes that the user gave: at the start (`--s2`), and in the window or by a call, which are kept in the data set of their ledger.
 *
 *   const given = new GivenNodes(store, atStart)
 *   given.add(given.check('wss://relay.example:4433#…'))
 */
export class GivenNodes {
  readonly #store: Store
  readonly #atStart: readonly NodeAddress[]
  #own: NodeAddress[]

  constructor(store: Store, atStart: readonly NodeAddress[]) {
    this.#store = store
    this.#atStart = atStart
    this.#own = read(store)
  }

  all(): NodeAddress[] {
    return [...this.#atStart, ...this.#own]
  }

  list(): GivenNode[] {
    const view = (nodes: readonly NodeAddress[], atStart: boolean) =>
      nodes.map((node) => ({ address: formatNodeAddress(node), atStart }))
    return [...view(this.#atStart, true), ...view(this.#own, false)]
  }

  /** A node that can be added. Throws `invalid_params`, or `conflict` where it is given already or there are too many. */
  check(text: string): NodeAddress {
    const node = readAddress(text)
    if (this.all().some((known) => isSame(known, node)))
      throw new ParleyError('conflict', 'This node is given already.', { reason: 'node_known' })
    if (this.#own.length >= MAX_NODES)
      throw new ParleyError('conflict', `No more than ${MAX_NODES} nodes can be given.`, { reason: 'node_limit' })
    return node
  }

  /** Durable when it returns. */
  add(node: NodeAddress): void {
    this.check(formatNodeAddress(node))
    this.#save([...this.#own, node])
  }

  /** Throws `not_found`, or `conflict` for one of the start, which comes again with the next. */
  remove(text: string): void {
    const node = readAddress(text)
    const rest = this.#own.filter((known) => !isSame(known, node))
    if (rest.length < this.#own.length) return this.#save(rest)
    if (this.#atStart.some((known) => isSame(known, node)))
      throw new ParleyError('conflict', 'This node was given when Parley was started.', { reason: 'node_at_start' })
    throw new ParleyError('not_found', 'There is no such node among those that were given.')
  }

  #save(own: NodeAddress[]): void {
    this.#store.settings.set(NAME, own.map(formatNodeAddress))
    this.#own = own
  }
}

/** What cannot be read was written by another version: without it the nodes of the start and of the registry are there still. */
function read(store: Store): NodeAddress[] {
  const kept = v.safeParse(keptSchema, store.settings.get(NAME) ?? [])
  if (!kept.success) return []
  return kept.output.flatMap((text) => {
    try {
      return [parseNodeAddress(text)]
    } catch {
      return []
    }
  })
}

function readAddress(text: string): NodeAddress {
  try {
    return parseNodeAddress(text)
  } catch (cause) {
    throw new ParleyError('invalid_params', 'A node is given as wss://host:port#FINGERPRINT, with 64 hex digits.', {
      reason: 'node_address',
      cause,
    })
  }
}

function isSame(one: NodeAddress, other: NodeAddress): boolean {
  return formatNodeAddress(one) === formatNodeAddress(other)
}
