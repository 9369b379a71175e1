/** The stable error codes of Parley: the same on the window's channel, the HTTP API and the wire. */
export const errorCodes = [
  'invalid_params',
  'no_identity',
  'not_a_contact',
  'bad_address',
  'insufficient_funds',
  'ledger_unreachable',
  'offline',
  'payment_required',
  'rate_limited',
  'too_large',
  'not_found',
  'locked',
  'wrong_passphrase',
  'unsupported_version',
  'conflict',
  'unauthorized',
  'bad_signature',
  'expired',
  'revoked',
  'not_supported',
  'storage_full',
  'storage_damaged',
  'timeout',
  'internal',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export interface ParleyErrorOptions {
  /** Milliseconds after which trying again can help. */
  retryAfter?: number
  /** What exactly, for programs: a stable short word such as `address_checksum`. */
  reason?: string
  cause?: unknown
}

/**
 * The one error type that crosses a boundary: a stable code for programs and a sentence for a person.
 * `message` never contains a secret, an address in full or a file's content.
 */
export class ParleyError extends Error {
  override readonly name = 'ParleyError'
  readonly code: ErrorCode
  readonly retryAfter: number | undefined
  readonly reason: string | undefined

  constructor(code: ErrorCode, message: string, options: ParleyErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfter = options.retryAfter
    this.reason = options.reason
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && (errorCodes as readonly string[]).includes(value)
}

/** The ledger cannot be asked: it is not reached, or the one that answers at its URL is not this data set's. */
export function isLedgerAway(thrown: unknown): boolean {
  const { code, reason } = toParleyError(thrown)
  return (
    code === 'ledger_unreachable' || (code === 'conflict' && (reason === 'other_ledger' || reason === 'same_ledger'))
  )
}

/** Narrows whatever was thrown: a ParleyError stays, a full disk is `storage_full`, anything else `internal`, with the original as cause. */
export function toParleyError(thrown: unknown): ParleyError {
  if (thrown instanceof ParleyError) return thrown
  if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT'))
    return new ParleyError('storage_full', 'The disk is full.', { cause: thrown })
  return new ParleyError('internal', 'Something went wrong inside Parley.', { cause: thrown })
}
