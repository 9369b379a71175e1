import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { LedgerGate } from '../../ledger/index.ts'
import { MAX_QUERY_RESULT_BYTES } from '../../wire/index.ts'
import { paymentRequired } from '../fees/asks.ts'
import { Buckets } from '../limits/buckets.ts'
import type { DeviceHandlers, NodeService } from '../node/service.ts'
import type { DeviceLink } from '../relay/device-link.ts'

const compress = promisify(gzip)
/** Role bit of a node that passes questions on to its ledger. */
const GATEWAY_ROLE = 16n
/** Questions of one address: a start asks about fifty. Each costs the operator's ledger a request. */
const QUESTIONS = { perSecond: 10, burst: 200 }
/** Transactions of one address. */
const TRANSACTIONS = { perSecond: 1, burst: 20 }
/** Questions under way at once, of all devices: a slow ledger must not fill the memory. */
const MAX_RUNNING = 256
/** Of one network: a wallet costs nothing, so somebody with a hundred of them would leave nothing to others. */
const MAX_OF_NETWORK = 64

export interface GatewayParts {
  gate: LedgerGate
  /** NANOS that a forwarded transaction must pay, and to whom; undefined where that is not known yet. */
  price: () => { nanos: bigint; to: string } | undefined
  clock: Clock
}

/** Passes a closed list of questions and signed transactions on to the node's own ledger. */
export class Gateway implements NodeService {
  readonly role = GATEWAY_ROLE
  readonly deviceFrames: DeviceHandlers
  readonly #parts: GatewayParts
  readonly #questions: Buckets
  readonly #transactions: Buckets
  /** Under way, by network; a network is in it as long as it has some. */
  readonly #ofNetwork = new Map<string, number>()
  #running = 0

  constructor(parts: GatewayParts) {
    this.#parts = parts
    this.#questions = new Buckets(parts.clock, QUESTIONS)
    this.#transactions = new Buckets(parts.clock, TRANSACTIONS)
    this.deviceFrames = {
      query: async (link, { id, body: { method, params } }) => {
        this.#questions.require(link.address)
        await this.#answer(link, id, async () => parts.gate.ask(method, parsed(params)))
      },
      submit: async (link, { id, body: { bytes, signature } }) => {
        this.#transactions.require(link.address)
        await this.#answer(link, id, () => this.#submit(bytes, signature))
      },
    }
  }

  stop(): void {
    this.#parts.gate.close()
  }

  async #answer(link: DeviceLink, id: number, work: () => Promise<object>): Promise<void> {
    const { network } = link.source
    if (this.#running >= MAX_RUNNING || (this.#ofNetwork.get(network) ?? 0) >= MAX_OF_NETWORK)
      throw new ParleyError('rate_limited', 'This node asks its ledger too much already.', { retryAfter: 1_000 })
    this.#count(network, 1)
    try {
      const bytes = await compress(JSON.stringify(await work()))
      if (bytes.length > MAX_QUERY_RESULT_BYTES)
        throw new ParleyError('too_large', "The ledger's answer is too large for a frame; ask for less at once.")
      link.connection.send('queryResult', id, { gzip: new Uint8Array(bytes) })
    } finally {
      this.#count(network, -1)
    }
  }

  #count(network: string, change: 1 | -1): void {
    this.#running += change
    const own = (this.#ofNetwork.get(network) ?? 0) + change
    if (own > 0) this.#ofNetwork.set(network, own)
    else this.#ofNetwork.delete(network)
  }

  /** A transaction that would not be executed is passed on unpaid: the ledger refuses it, or knows it from before. */
  async #submit(bytes: Uint8Array, signature: Uint8Array): Promise<object> {
    const { gate, price } = this.#parts
    const due = price()
    if (due && due.nanos > 0n) {
      const gain = await gate.gain(bytes, due.to)
      if (gain !== undefined && gain < due.nanos)
        throw paymentRequired(due.nanos, 'This node forwards a transaction that pays for it.')
    }
    return gate.submit(bytes, signature)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new ParleyError('invalid_params', 'The question to the ledger cannot be read.')
  }
}
