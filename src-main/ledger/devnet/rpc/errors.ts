import { InvalidTransaction, MalformedTransaction, NotSupported } from '../execution/index.ts'

/** JSON-RPC 2.0 codes, and those with which an IOTA node goes on from there. */
export const RPC_CODES = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  batch: -32005,
  refused: -32002,
} as const

const REFUSED_TEXT =
  'Transaction validator signing failed due to issues with transaction inputs, please review the errors and try again:\n- '

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

export function notSupported(what: string): RpcError {
  return new RpcError(RPC_CODES.methodNotFound, `${what} is not supported by this devnet`)
}

/** A dry run or inspection that cannot be tried: a node answers -32600 there, and the bare reason. */
export function asTrial<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof InvalidTransaction)) throw error
    throw new RpcError(RPC_CODES.invalidRequest, error.message, { cause: error })
  }
}

/** The answer for whatever a method threw; undefined for a fault of our own. */
export function rpcErrorOf(error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error
  if (error instanceof NotSupported) return new RpcError(RPC_CODES.methodNotFound, error.message)
  if (error instanceof MalformedTransaction) return invalidParams(`Invalid params: ${error.message}`)
  if (error instanceof InvalidTransaction) return new RpcError(RPC_CODES.refused, `${REFUSED_TEXT}${error.message}`)
  return undefined
}
