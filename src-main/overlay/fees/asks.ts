import { ParleyError } from '../../contract/index.ts'

const REASON = /^nanos:(\d{1,20})$/
const POSTAGE = /^postage:(\d{1,20})(?::elsewhere)?$/
const ELSEWHERE = ':elsewhere'

/** Refused until so many NANOS more are promised (or, of a transaction, paid). The amount is the error's `reason`: `nanos:123`. */
export function paymentRequired(nanos: bigint, message: string): ParleyError {
  return new ParleyError('payment_required', `${message} (${nanos} NANOS)`, { reason: `nanos:${nanos}` })
}

/** A stranger's request is refused until so many NANOS are promised in advance, to this node by a device that is linked to it. */
export function postageRequired(nanos: bigint): ParleyError {
  const message = `This node takes contact requests of strangers for postage only (${nanos} NANOS)`
  return new ParleyError('payment_required', message, { reason: `postage:${nanos}` })
}

/** The NANOS that an error asks for; undefined where it is another error. */
export function nanosAsked(error: unknown): bigint | undefined {
  return amountIn(error, REASON)
}

/** The postage that an error asks for; undefined where it is another error. */
export function postageAsked(error: unknown): bigint | undefined {
  return amountIn(error, POSTAGE)
}

/** What another node answered, as it is told by one that passed the send on: paying that one for postage would not help. */
export function fromElsewhere(error: unknown): unknown {
  if (postageAsked(error) === undefined || !asksItself(error)) return error
  const { code, message, reason = '' } = error as ParleyError
  return new ParleyError(code, message, { reason: `${reason}${ELSEWHERE}` })
}

/** Whether the node that refused is the one that wants the postage. */
export function asksItself(error: unknown): boolean {
  return postageAsked(error) !== undefined && !(error as ParleyError).reason?.endsWith(ELSEWHERE)
}

function amountIn(error: unknown, pattern: RegExp): bigint | undefined {
  if (!(error instanceof ParleyError) || error.code !== 'payment_required') return undefined
  const [, digits] = pattern.exec(error.reason ?? '') ?? []
  return digits === undefined ? undefined : BigInt(digits)
}
