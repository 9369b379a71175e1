import type { Clock } from '../base/index.ts'
import type { NetworkStatus } from '../contract/index.ts'

/** Whether the ledger answers, and since when not. */
export class LedgerState {
  readonly #clock: Clock
  readonly #url: string
  readonly #changed: () => void
  #state: NetworkStatus['ledger']['state'] = 'unknown'
  #since: number | undefined
  #chain: string | undefined

  constructor(url: string, clock: Clock, changed: () => void) {
    this.#url = url
    this.#clock = clock
    this.#changed = changed
  }

  setChain(chain: string): void {
    this.#chain = chain
    this.report(true)
  }

  report(reachable: boolean): void {
    const before = this.#state
    this.#state = reachable ? 'reachable' : 'unreachable'
    if (reachable) this.#since = this.#clock.now()
    if (before !== this.#state) this.#changed()
  }

  view(): NetworkStatus['ledger'] {
    return {
      url: this.#url,
      network: networkOf(this.#url),
      ...(this.#chain === undefined ? {} : { chain: this.#chain }),
      state: this.#state,
      ...(this.#since === undefined ? {} : { since: this.#since }),
    }
  }
}

/** Which network a URL means: loopback is a local ledger, the foundation's hosts are named, the rest is the user's own. */
export function networkOf(url: string): NetworkStatus['ledger']['network'] {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  if (host === 'localhost' || host === '[::1]' || /^127\./.test(host)) return 'local'
  if (/(^|\.)testnet\.iota\.cafe$/.test(host)) return 'testnet'
  if (/(^|\.)mainnet\.iota\.cafe$/.test(host)) return 'mainnet'
  return 'custom'
}
