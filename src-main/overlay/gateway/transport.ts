import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type Clock, Lately } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { LedgerQuestion, LedgerTransport, RelayOutput } from '../../ledger/index.ts'
import { EXECUTE_METHOD } from '../../ledger/index.ts'
import type { LinkBody } from '../../wire/index.ts'
import type { LinkedNode } from '../fees/linked-node.ts'

const decompress = promisify(gunzip)
/** As over HTTP: a hostile node must not fill the memory. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const REQUEST_MS = 15_000
/** A node that passes nothing on may do so once its operator has changed his mind. */
const WITHOUT_MS = 10 * 60_000
/** Where the number of entries of a page stands in its parameters. */
const LIMIT_AT: Readonly<Record<string, number>> = {
  iotax_queryTransactionBlocks: 2,
  iotax_queryEvents: 2,
  iotax_getCoins: 3,
}

export interface GatewayClientOptions {
  /** The chain that the nodes are on: each link is refused where it is another. */
  chain: string
  nodes: () => LinkedNode[]
  clock: Pick<Clock, 'steady'>
}

/** Brings a ledger's questions to nodes that are linked, and knows what they ask for. */
export class GatewayClient {
  readonly #options: GatewayClientOptions
  /** Nodes that pass nothing on. */
  readonly #without: Lately
  /** The one that the next transaction pays. */
  #chosen: { node: string; output: RelayOutput | undefined } | undefined

  constructor(options: GatewayClientOptions) {
    this.#options = options
    this.#without = new Lately(options.clock, WITHOUT_MS)
  }

  readonly transport: LedgerTransport = async (question) => {
    if (question.method === 'iota_getChainIdentifier') return { result: this.#options.chain }
    if (question.method === EXECUTE_METHOD) return this.#submit(question)
    return this.#query(question)
  }

  /** Whom the next transaction pays for being forwarded, and how much: asked anew, because prices change. */
  async relay(): Promise<RelayOutput | undefined> {
    return this.#each(async (node) => {
      const fees = await node.request('getFees', {}, 'fees', REQUEST_MS)
      const output = outputOf(fees)
      this.#chosen = { node: node.nodeKey, output }
      return output
    })
  }

  async #query({ method, params }: LedgerQuestion): Promise<unknown> {
    const at = LIMIT_AT[method]
    for (let asked = params; ;) {
      try {
        return await this.#each(async (node) => {
          const { gzip } = await node.request(
            'query',
            { method, params: JSON.stringify(asked) },
            'queryResult',
            REQUEST_MS,
          )
          return unpacked(gzip)
        })
      } catch (error) {
        const limit = at === undefined ? 1 : Number(asked[at])
        if (!(error instanceof ParleyError) || error.code !== 'too_large' || at === undefined || !(limit > 1))
          throw error
        // A shorter page: whoever asked goes on from its cursor.
        asked = asked.with(at, Math.floor(limit / 2))
      }
    }
  }

  /** To the node that the transaction pays; where that is gone, to any other, which may want to be paid itself. */
  async #submit({ params }: LedgerQuestion): Promise<unknown> {
    const [bytes, [signature]] = params as [string, [string]]
    const body = { bytes: fromBase64(bytes), signature: fromBase64(signature) }
    return this.#each(async (node) => {
      const { gzip } = await node.request('submit', body, 'queryResult', REQUEST_MS)
      return unpacked(gzip)
    }, this.#chosen?.node)
  }

  async #each<T>(ask: (node: LinkedNode) => Promise<T>, first?: string): Promise<T> {
    const nodes = this.#options.nodes().filter(({ nodeKey }) => !this.#without.has(nodeKey))
    const rank = ({ nodeKey, home }: LinkedNode) => (nodeKey === (first ?? this.#chosen?.node) ? 0 : home ? 1 : 2)
    let failure: unknown = new ParleyError('ledger_unreachable', 'No node passes questions on to the ledger.')
    for (const node of nodes.sort((a, b) => rank(a) - rank(b))) {
      try {
        return await ask(node)
      } catch (error) {
        const { code } = error instanceof ParleyError ? error : { code: 'internal' }
        if (code === 'not_supported') this.#without.note(node.nodeKey)
        else if (!['offline', 'timeout', 'ledger_unreachable', 'rate_limited'].includes(code)) throw error
        else failure = new ParleyError('ledger_unreachable', 'The ledger cannot be reached.', { cause: error })
      }
    }
    throw failure
  }
}

function outputOf({ prices, payee }: LinkBody<'fees'>): RelayOutput | undefined {
  return payee && prices.forwardedTransaction > 0n ? { to: payee.owner, nanos: prices.forwardedTransaction } : undefined
}

async function unpacked(bytes: Uint8Array): Promise<unknown> {
  try {
    return JSON.parse((await decompress(bytes, { maxOutputLength: MAX_ANSWER_BYTES })).toString()) as unknown
  } catch (cause) {
    throw new ParleyError('ledger_unreachable', 'The node gave an answer that cannot be understood.', { cause })
  }
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'))
}
