import { ParleyError } from '../../contract/index.ts'
import type { FeeOptions } from '../../overlay/index.ts'

const MAX_U64 = 2n ** 64n - 1n
const MB = 1_000_000
/** Enough for a person's messages of a day. */
const FREE_MB_DAY = '10'

/** What `parley s2` is told of prices, as typed. */
export interface PriceArgs {
  /** NANOS for a relayed megabyte, for a stored megabyte and day, and for a forwarded transaction. */
  priceRelay?: string
  priceStore?: string
  priceTransaction?: string
  /** NANOS that a stranger pays in advance for a contact request. */
  postage?: string
  /** Megabytes that an address may have relayed in a day for nothing; 10 unless told. */
  freeMb?: string
}

/** Undefined where nothing costs anything. Throws `invalid_params`. */
export function readPrices(args: PriceArgs): Pick<FeeOptions, 'prices' | 'allowanceBytes' | 'postage'> | undefined {
  const relayedMb = nanos('--price-relay', args.priceRelay)
  const storedMbDay = nanos('--price-store', args.priceStore)
  const forwardedTransaction = nanos('--price-transaction', args.priceTransaction)
  const postage = nanos('--postage', args.postage)
  const free = args.freeMb ?? FREE_MB_DAY
  if (!/^\d{1,7}(\.\d{1,6})?$/.test(free))
    throw new ParleyError('invalid_params', '--free-mb is a number of megabytes a day.')
  const prices = { relayedMb, storedMbDay, forwardedTransaction }
  if ([...Object.values(prices), postage].every((price) => price === 0n)) return undefined
  return { prices, allowanceBytes: Math.round(Number(free) * MB), ...(postage > 0n && { postage }) }
}

function nanos(flag: string, text = '0'): bigint {
  if (/^\d{1,20}$/.test(text) && BigInt(text) <= MAX_U64) return BigInt(text)
  throw new ParleyError('invalid_params', `${flag} is a whole number of NANOS.`)
}
