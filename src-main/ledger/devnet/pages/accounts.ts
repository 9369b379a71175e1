import type { Chain } from '../chain.ts'
import { coinValue, isGasCoin, ownerAddress } from '../objects/index.ts'

/** Above this many objects the list is not made: it would hold up everybody's transactions. */
const MAX_LISTED_OBJECTS = 200_000

export interface Account {
  address: string
  nanos: bigint
  coins: number
}

/** The addresses that own coins, richest first; made anew when the chain has grown. */
export class AccountList {
  readonly #chain: Chain
  #height = -1
  #accounts: Account[] | undefined = []

  constructor(chain: Chain) {
    this.#chain = chain
  }

  /** Undefined on a ledger that is too large to list. */
  all(): readonly Account[] | undefined {
    if (this.#height !== this.#chain.height) {
      this.#height = this.#chain.height
      this.#accounts = this.#chain.objects.size > MAX_LISTED_OBJECTS ? undefined : accountsOf(this.#chain)
    }
    return this.#accounts
  }
}

function accountsOf(chain: Chain): Account[] {
  const accounts = new Map<string, Account>()
  for (const object of chain.objects.values()) {
    const address = ownerAddress(object.owner)
    if (address === undefined || !isGasCoin(object)) continue
    const account = accounts.get(address) ?? { address, nanos: 0n, coins: 0 }
    accounts.set(address, account)
    account.nanos += coinValue(object)
    account.coins++
  }
  return [...accounts.values()].sort((a, b) => (a.nanos === b.nanos ? 0 : a.nanos < b.nanos ? 1 : -1))
}
