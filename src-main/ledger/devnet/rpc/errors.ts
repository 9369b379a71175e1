import { InvalidTransaction, MalformedTransaction, NotSupported } from '../execution/index.ts'

/** JSON-RPC 2.0 codes, and -32002 with which an IOTA node refuses a transaction. */
export const RPC_CODES = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  refused: -32002,
} as const

export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export function invalidParams(message: string): RpcError {
  return new RpcError(RPC_CODES.invalidParams, message)
}

/** The answer for whatever a method threw; undefined for a fault of our own. */
export function rpcErrorOf(error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error
  if (error instanceof NotSupported) return new RpcError(RPC_CODES.methodNotFound, error.message)
  if (error instanceof MalformedTransaction) return invalidParams(`Invalid params: ${error.message}`)
  if (error instanceof InvalidTransaction)
    return new RpcError(
      RPC_CODES.refused,
      `Transaction validator signing failed due to issues with transaction inputs, please review the errors and try again:\n- ${error.message}`,
    )
  return undefined
}
