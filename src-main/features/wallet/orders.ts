import { toHex, utf8 } from '../../base/index.ts'
import { type Fee, ParleyError, toParleyError } from '../../contract/index.ts'
import type { TransferRow } from '../../store/index.ts'
import { hash256 } from '../../wire/index.ts'
import { MOST_NANOS } from './amounts.ts'
import type { Amount, PaymentOrder } from './types.ts'

export function feeOf(row: TransferRow): Fee {
  return { burned: row.burned, deposit: row.deposit, relay: row.relay }
}

export function sumOfFees(rows: readonly TransferRow[]): Fee {
  const sum = (name: keyof Fee) => rows.reduce((total, row) => total + row[name], 0n)
  return { burned: sum('burned'), deposit: sum('deposit'), relay: sum('relay') }
}

/** Exactly one of an amount and all there is. */
export function checkAmount({ nanos, all }: Amount): void {
  if ((nanos === undefined) === !all)
    throw new ParleyError('invalid_params', 'A payment has either an amount or is of all there is.')
  if (nanos === undefined) return
  if (nanos < 1n) throw new ParleyError('invalid_params', 'A payment is at least 1 NANO.', { reason: 'dust' })
  if (nanos > MOST_NANOS) throw new ParleyError('insufficient_funds', 'This is more than there is.')
}

/** What a caller says of a payment, as hexadecimal digits. */
export function orderHash({ account, to, nanos, all, note }: PaymentOrder): string {
  return toHex(hash256(utf8(JSON.stringify([account, to, all ? 'all' : `${nanos}`, note ?? '']))))
}

/** Coins that payments in flight give back, or a newer list of coins, can help. */
export function lacksCoins(thrown: unknown): boolean {
  const { code, reason } = toParleyError(thrown)
  return code === 'insufficient_funds' ? reason === undefined : reason === 'coins_changed'
}

export function coinsChanged(cause: Error): ParleyError {
  const message = 'The coins of this account changed while the payment was made. Nothing was sent; please try again.'
  return new ParleyError('conflict', message, { reason: 'coins_changed', cause })
}

/** Some of the coins are together now, and stay so: the same again goes on from there. */
export function stillMerging(): ParleyError {
  const message = 'The many small coins of this account are being put together. Nothing was sent; please try again.'
  return new ParleyError('timeout', message, { retryAfter: 5_000 })
}

export function tooManyMerges(): ParleyError {
  const message = 'The balance lies in too many coins. Nothing was sent; please send a smaller amount.'
  return new ParleyError('too_large', message, { reason: 'many_coins' })
}

export function waitedInVain(): ParleyError {
  const message = 'Payments before this one hold the coins of this account. Nothing was sent; please try again.'
  return new ParleyError('timeout', message, { retryAfter: 5_000 })
}
