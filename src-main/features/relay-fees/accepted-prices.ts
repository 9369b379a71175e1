import { ParleyError } from '../../contract/index.ts'
import { NO_PRICES } from '../../overlay/index.ts'
import type { Store } from '../../store/index.ts'
import type { ToldFees } from './types.ts'

type Prices = ToldFees['prices']
const NAMES = ['relayedMb', 'storedMbDay', 'forwardedTransaction'] as const
const keyOf = (node: string) => `relayPrices/${node}`

/** The user agreed to these prices, by a deposit: what a node asks beyond them later is not paid by itself. */
export function acceptPrices(store: Store, node: string, prices: Prices): void {
  store.settings.set(keyOf(node), Object.fromEntries(NAMES.map((name) => [name, `${prices[name]}`])))
}

/** Throws `conflict` with reason `higher_prices` where a node tells higher prices than those that the user was shown. */
export function compareWithShown(told: Prices, shown: Prices): void {
  if (NAMES.every((name) => told[name] <= shown[name])) return
  throw new ParleyError('conflict', 'This node asks for more now than was shown. Look at its prices again.', {
    reason: 'higher_prices',
  })
}

/** What the record on the ledger says now: where it is lower than what was agreed to, no more is paid from now on. */
export function lowerAgreed(store: Store, node: string, record: Prices): void {
  if (store.settings.get(keyOf(node)) !== undefined) acceptPrices(store, node, payablePrices(store, node, record))
}

/** What is paid: the node's prices, and never more than what was agreed to; nothing where nothing was. */
export function payablePrices(store: Store, node: string, told: Prices): Prices {
  const kept = store.settings.get(keyOf(node)) as Record<(typeof NAMES)[number], string> | undefined
  if (!kept) return NO_PRICES
  const least = (name: (typeof NAMES)[number]) => {
    const agreed = BigInt(kept[name])
    return agreed < told[name] ? agreed : told[name]
  }
  return {
    relayedMb: least('relayedMb'),
    storedMbDay: least('storedMbDay'),
    forwardedTransaction: least('forwardedTransaction'),
  }
}
