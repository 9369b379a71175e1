import * as v from 'valibot'
import type { Log } from '../../../base/index.ts'
import type { LocalNode } from '../node.ts'
import { checkpointMethods } from './checkpoints.ts'
import { coinMethods } from './coins.ts'
import { RPC_CODES, RpcError, rpcErrorOf } from './errors.ts'
import type { Method } from './method.ts'
import { networkMethods } from './network.ts'
import { objectMethods } from './objects.ts'
import { queryMethods } from './queries.ts'
import { transactionMethods } from './transactions.ts'

const methods = new Map<string, Method>(
  [coinMethods, objectMethods, transactionMethods, queryMethods, checkpointMethods, networkMethods].flatMap((table) =>
    Object.entries(table),
  ),
)

const requestSchema = v.object({
  jsonrpc: v.literal('2.0'),
  id: v.optional(v.union([v.pipe(v.string(), v.maxLength(128)), v.number(), v.null()]), null),
  method: v.pipe(v.string(), v.maxLength(128)),
  params: v.optional(v.pipe(v.array(v.unknown()), v.maxLength(16)), []),
})
type RequestId = string | number | null

/** Answers one JSON-RPC request; every fault becomes an error answer. `text` is the body as it came. */
export async function dispatch(node: LocalNode, text: string, log: Log): Promise<object> {
  let id: RequestId = null
  try {
    const request = parseRequest(text)
    id = request.id
    const run = methods.get(request.method)
    if (!run)
      throw new RpcError(
        RPC_CODES.methodNotFound,
        `Method not found: ${request.method} is not supported by this devnet`,
      )
    const result = await run(node, request.params)
    // What this answer shows must still be true after a kill.
    await node.durable()
    return { jsonrpc: '2.0', id, result }
  } catch (error) {
    const { code, message } = rpcErrorOf(error) ?? internalError(error, log)
    return { jsonrpc: '2.0', id, error: { code, message } }
  }
}

function parseRequest(text: string): v.InferOutput<typeof requestSchema> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new RpcError(RPC_CODES.parse, 'Parse error', { cause })
  }
  const request = v.safeParse(requestSchema, value)
  if (!request.success) throw new RpcError(RPC_CODES.invalidRequest, 'Invalid request')
  return request.output
}

function internalError(error: unknown, log: Log): RpcError {
  log.error({ err: error }, 'a request failed inside the local ledger')
  return new RpcError(RPC_CODES.internal, 'Internal error', { cause: error })
}
