import { ParleyError } from '../../contract/index.ts'

const REASON = /^nanos:(\d{1,20})$/

/** Refused until so many NANOS more are promised (or, of a transaction, paid). The amount is the error's `reason`: `nanos:123`. */
export function paymentRequired(nanos: bigint, message: string): ParleyError {
  return new ParleyError('payment_required', `${message} (${nanos} NANOS)`, { reason: `nanos:${nanos}` })
}

/** The NANOS that an error asks for; undefined where it is another error. */
export function nanosAsked(error: unknown): bigint | undefined {
  if (!(error instanceof ParleyError) || error.code !== 'payment_required') return undefined
  const [, digits] = REASON.exec(error.reason ?? '') ?? []
  return digits === undefined ? undefined : BigInt(digits)
}
