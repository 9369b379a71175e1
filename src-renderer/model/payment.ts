import { type AmountProblem, DUST_NANOS, parseAmount } from './amount.ts'

export interface AmountField {
  text: string
  locale: string
  /** NANOS of the account, where known. */
  balance: bigint | undefined
  /** Everything instead of a number. */
  all: boolean
}

export interface CheckedAmount {
  /** Set where the field can be used. */
  nanos?: bigint
  problem?: `pay.problem.${AmountProblem}` | 'pay.tooMuch'
  /** Worth saying, but no reason to refuse. */
  warning?: 'pay.dust'
}

/** What the amount field holds, and what a person should know about it before anything is asked of the ledger. */
export function checkAmount({ text, locale, balance, all }: AmountField): CheckedAmount {
  if (all) return balance === 0n ? { problem: 'pay.tooMuch' } : { nanos: 0n }
  const { nanos, problem } = parseAmount(text, locale)
  if (problem) return { problem: `pay.problem.${problem}` }
  if (balance !== undefined && nanos > balance) return { problem: 'pay.tooMuch' }
  return nanos < DUST_NANOS ? { nanos, warning: 'pay.dust' } : { nanos }
}

export type PaymentStep = 'form' | 'review' | 'sending' | 'done' | 'pending' | 'failed' | 'lost' | 'unsure'

/**
 * Codes after which this window does not know whether the payment went out. `ledger_unreachable` is none of them: a payment
 * that was signed is kept and shown as pending, so that error means that nothing was signed.
 */
const UNSURE: ReadonlySet<string> = new Set(['timeout', 'offline'])

/** Where a payment that is written down leaves the dialog: only what the ledger confirmed is sent. */
export function stepOf({ state }: { digest: string; state?: 'pending' | 'done' }): 'pending' | 'done' {
  return state === 'done' ? 'done' : 'pending'
}

/** Where a payment that failed leaves the dialog; `lost`: the ledger carried it out without success and took the fee. */
export function stepAfter(code: string, reason?: string): 'failed' | 'lost' | 'unsure' {
  if (reason === 'payment_failed') return 'lost'
  return UNSURE.has(code) ? 'unsure' : 'failed'
}
