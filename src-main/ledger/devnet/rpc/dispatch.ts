import * as v from 'valibot'
import type { Log } from '../../../base/index.ts'
import type { LocalNode } from '../node.ts'
import { invalidParams, notSupported, RPC_CODES, RpcError, rpcErrorOf } from './errors.ts'
import { methodOf } from './methods.ts'

const MAX_TEXT = 128
const MAX_PARAMS = 16

const idSchema = v.union([v.pipe(v.string(), v.maxLength(MAX_TEXT)), v.number(), v.null()])
const requestSchema = v.object({
  jsonrpc: v.literal('2.0'),
  id: v.optional(idSchema, null),
  method: v.pipe(v.string(), v.maxLength(MAX_TEXT)),
  params: v.nullish(v.unknown()),
})
type RequestId = string | number | null

/** Answers one JSON-RPC request; every fault becomes an error answer. `text` is the body as it came. */
export async function dispatch(node: LocalNode, text: string, log: Log): Promise<object> {
  let id: RequestId = null
  try {
    const value = parseJson(text)
    id = idOf(value)
    const request = v.safeParse(requestSchema, value)
    if (!request.success) throw new RpcError(RPC_CODES.invalidRequest, 'Invalid request')
    const run = methodOf(request.output.method)
    if (!run) throw notSupported(`Method not found: ${request.output.method}`)
    const result = await run(node, positional(request.output.params))
    // What this answer shows must still be true after a kill.
    await node.durable()
    return { jsonrpc: '2.0', id, result }
  } catch (error) {
    const { code, message } = rpcErrorOf(error) ?? internalError(error, log)
    return { jsonrpc: '2.0', id, error: { code, message } }
  }
}

function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new RpcError(RPC_CODES.parse, 'Parse error', { cause })
  }
  // IOTA nodes take one request at a time.
  if (Array.isArray(value)) throw new RpcError(RPC_CODES.batch, 'Batched requests are not supported by this server')
  return value
}

/** The id even of a request that is wrong otherwise, so that the caller finds its answer. */
function idOf(value: unknown): RequestId {
  const shape = v.safeParse(v.object({ id: idSchema }), value)
  return shape.success ? shape.output.id : null
}

function positional(params: unknown): unknown[] {
  if (params == null) return []
  if (!Array.isArray(params)) throw invalidParams('Invalid params: this devnet takes parameters by position')
  if (params.length > MAX_PARAMS) throw invalidParams('Invalid params: too many')
  return params
}

function internalError(error: unknown, log: Log): RpcError {
  log.error({ err: error }, 'a request failed inside the local ledger')
  return new RpcError(RPC_CODES.internal, 'Internal error', { cause: error })
}
