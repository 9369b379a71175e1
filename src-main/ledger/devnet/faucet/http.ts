import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { ParleyError } from '../../../contract/index.ts'
import type { Faucet, FaucetCoin } from './faucet.ts'

/** Results that can still be asked for; the oldest go first. */
const MAX_TASKS = 1000

const requestSchema = v.object({
  FixedAmountRequest: v.object({
    recipient: v.pipe(
      v.string(),
      v.regex(/^0x[0-9a-fA-F]{64}$/),
      v.transform((text) => text.toLowerCase()),
    ),
  }),
})

export interface FaucetAnswer {
  status: number
  body: object
}

/** The faucet's HTTP interface: `/gas` at once, `/v1/gas` with a task that `/v1/status/<id>` tells about. */
export class FaucetHttp {
  readonly #faucet: Faucet
  readonly #tasks = new Map<string, FaucetCoin[]>()

  constructor(faucet: Faucet) {
    this.#faucet = faucet
  }

  /** Undefined where the path is not the faucet's. */
  async answer(method: string, path: string, body: string): Promise<FaucetAnswer | undefined> {
    if (method === 'GET' && path.startsWith('/v1/status/')) return this.#status(path.slice('/v1/status/'.length))
    if (method !== 'POST' || (path !== '/gas' && path !== '/v1/gas')) return undefined
    const recipient = parseRecipient(body)
    if (recipient === undefined) return { status: 400, body: { error: 'Invalid request' } }
    try {
      const coins = await this.#faucet.give(recipient)
      return { status: 201, body: path === '/gas' ? { transferredGasObjects: coins, error: null } : this.#task(coins) }
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error
      return { status: error.code === 'rate_limited' ? 429 : 503, body: { error: error.message } }
    }
  }

  #task(coins: FaucetCoin[]): object {
    const task = randomUUID()
    this.#tasks.set(task, coins)
    const [oldest] = this.#tasks.keys()
    if (this.#tasks.size > MAX_TASKS && oldest !== undefined) this.#tasks.delete(oldest)
    return { task, error: null }
  }

  #status(task: string): FaucetAnswer {
    const sent = this.#tasks.get(task)
    if (!sent) return { status: 404, body: { error: 'Unknown task' } }
    return { status: 200, body: { status: { status: 'SUCCEEDED', transferred_gas_objects: { sent } }, error: null } }
  }
}

function parseRecipient(body: string): string | undefined {
  try {
    return v.parse(requestSchema, JSON.parse(body)).FixedAmountRequest.recipient
  } catch {
    return undefined
  }
}
