import { equal } from '../../base/index.ts'
import { type Fee, ParleyError } from '../../contract/index.ts'
import type { LedgerChannel } from '../../ledger/index.ts'
import type { RelayFeesParts } from './types.ts'

/** A node that does not agree to close keeps a deposit so long at most; nodes of this program take a day. */
const MAX_WINDOW_MS = 7 * 24 * 3_600_000

/** Throws `invalid_params`: the ledger takes no deposit of nothing. */
export function checkDeposit(nanos: bigint): void {
  if (nanos < 1n) throw new ParleyError('invalid_params', 'A deposit is at least 1 NANO.')
}

/** Throws `conflict`: where the node does not agree to close, a deposit is held back for so long. */
export function checkWindow(windowMs: number): void {
  if (windowMs > MAX_WINDOW_MS)
    throw new ParleyError('conflict', 'This node wants to hold deposits back for longer than a week.', {
      reason: 'long_hold',
    })
}

/** What is added goes where it comes back from: to a channel of this device, to this node, as it was opened. Throws `conflict`. */
export function checkOwn(
  { self, deviceKey }: Pick<RelayFeesParts, 'self' | 'deviceKey'>,
  { parties: [payer, payee], windowMs }: LedgerChannel,
  owner: string,
): void {
  checkWindow(windowMs)
  if (payer?.payout === self && equal(payer.key, deviceKey.publicKey) && payee?.payout === owner) return
  throw new ParleyError('conflict', 'The ledger shows another channel than the one that was opened here.', {
    reason: 'other_channel',
  })
}

/** Throws `conflict` with reason `higher_fee` where ending a credit takes more than the user was shown; `most` in NANOS. */
export function checkFee(fee: Fee, most: bigint | undefined): void {
  if (most === undefined || sumOf(fee) <= most) return
  throw new ParleyError('conflict', 'Ending this credit costs more now than was shown. Look at it again.', {
    reason: 'higher_fee',
  })
}

export function isDearer(error: unknown): boolean {
  return error instanceof ParleyError && error.reason === 'higher_fee'
}

/** NANOS that leave the balance. */
export function sumOf({ burned, deposit, relay }: Fee): bigint {
  return burned + deposit + relay
}

export function owes(cause: ParleyError): ParleyError {
  return new ParleyError('payment_required', cause.message, { reason: 'credit_owes', cause })
}

export function closing(): ParleyError {
  return new ParleyError('conflict', 'This credit is being closed already.', { reason: 'credit_closing' })
}

export function onItsWay(): ParleyError {
  return new ParleyError('timeout', 'The ledger has not confirmed the deposit yet; it is on its way.')
}
