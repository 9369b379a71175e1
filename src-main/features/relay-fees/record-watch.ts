import { lowerAgreed } from './accepted-prices.ts'
import { recordOf } from './ledger-record.ts'
import type { RelayFeesParts, ToldFees } from './types.ts'

/** A node that is paid is compared with its record so often, and when it tells other prices. */
const RECHECK_MS = 600_000

/** The prices that were compared with a node's record, and when. */
export interface Compared {
  prices: string
  at: number
}

/** A node that lowered the prices of its record is paid by those, whatever it tells. Answers what was compared when. */
export async function compareAgain(
  { ledger, store, clock, log }: Pick<RelayFeesParts, 'ledger' | 'store' | 'clock' | 'log'>,
  node: string,
  told: ToldFees,
  before: Compared | undefined,
): Promise<Compared> {
  const { relayedMb, storedMbDay, forwardedTransaction } = told.prices
  const prices = [relayedMb, storedMbDay, forwardedTransaction].join(' ')
  const at = clock.now()
  if (before?.prices === prices && Math.abs(at - before.at) < RECHECK_MS) return before
  try {
    const record = await recordOf(ledger, node, told)
    if (record) lowerAgreed(store, node, record.profile.prices)
  } catch (error) {
    log.debug({ err: error }, 'a node could not be compared with its record')
  }
  return { prices, at }
}
