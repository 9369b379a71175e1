import * as v from 'valibot'
import { ParleyError } from '../../contract/index.ts'

const answerSchema = v.union([
  v.object({ error: v.object({ code: v.pipe(v.number(), v.integer()), message: v.string() }) }),
  v.object({ result: v.unknown() }),
])

/** A JSON-RPC request to the ledger. */
export interface LedgerQuestion {
  jsonrpc: '2.0'
  id: number
  method: string
  params: unknown[]
}

/** Brings a request to the ledger and gives the body of its answer, unchecked. Throws `ledger_unreachable` or another ParleyError. */
export type LedgerTransport = (question: LedgerQuestion) => Promise<unknown>

/** The ledger answered a request with an error of its own. */
export class LedgerRefusal extends Error {
  override readonly name = 'LedgerRefusal'
  /** JSON-RPC code. */
  readonly code: number

  constructor(code: number, message: string) {
    super(message.slice(0, 300))
    this.code = code
  }
}

/** JSON-RPC; nothing of an answer passes without its schema. */
export class RpcClient {
  readonly #transport: LedgerTransport
  #nextId = 1

  constructor(transport: LedgerTransport) {
    this.#transport = transport
  }

  /** Throws LedgerRefusal for the ledger's own errors, `ledger_unreachable` for everything that is no answer. */
  async call<T>(method: string, params: unknown[], schema: v.GenericSchema<unknown, T>): Promise<T> {
    const body = await this.#transport({ jsonrpc: '2.0', id: this.#nextId++, method, params })
    const answer = v.safeParse(answerSchema, body)
    if (!answer.success) throw unreadable(method)
    if ('error' in answer.output) throw new LedgerRefusal(answer.output.error.code, answer.output.error.message)
    const result = v.safeParse(schema, answer.output.result)
    if (!result.success) throw unreadable(method, result.issues[0].message)
    return result.output
  }
}

/** A ledger that does not speak as one is as good as not reached. */
export function unreadable(method: string, reason = 'no answer'): ParleyError {
  const cause = new Error(`${method}: ${reason}`.slice(0, 300))
  return new ParleyError('ledger_unreachable', 'The ledger gave an answer that cannot be understood.', { cause })
}

/** A refusal for which the caller has no better word. */
export function toLedgerError(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error
  if (error instanceof LedgerRefusal)
    return new ParleyError('ledger_unreachable', 'The ledger could not answer.', { cause: error })
  return new ParleyError('internal', 'Something went wrong while asking the ledger.', { cause: error })
}
