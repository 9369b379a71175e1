import { HourSums, type Traffic } from '../base/index.ts'
import { RelayFees } from '../features/relay-fees/index.ts'
import type { Wallet } from '../features/wallet/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { AccountContext } from './account-types.ts'
import { MessageWays } from './message-ways.ts'

/** What an account uses of nodes and of direct connections since the program started, and what it pays for it. */
export class AccountRelay {
  readonly fees: RelayFees
  readonly ways = new MessageWays()
  readonly #direct: HourSums

  constructor(account: AccountContext, ledger: Ledger, wallet: Wallet) {
    const { store, parts, identity } = account
    const { clock, log } = parts
    this.#direct = new HourSums(clock)
    account.peers.on('message', ({ bytes }) => this.direct('received', bytes.length))
    this.fees = new RelayFees({
      store,
      ledger,
      wallet,
      deviceKey: identity.deviceKey,
      self: identity.address,
      nodes: () => account.overlay?.nodes() ?? [],
      clock,
      log,
      onChange: () => account.emitNetwork(),
      onPostage: (address) => account.contacts.refresh(address),
    })
  }

  /** An envelope came or went over a direct connection. */
  direct(how: keyof Traffic, bytes: number): void {
    this.#direct.add({ sent: 0, received: 0, [how]: bytes })
  }

  directHours(): { at: number; traffic: Traffic }[] {
    return this.#direct.hours()
  }
}
