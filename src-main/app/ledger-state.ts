import type { Clock } from '../base/index.ts'
import { isLedgerAway, type NetworkStatus, toParleyError } from '../contract/index.ts'
import type { Ledger } from '../ledger/index.ts'

/** First four bytes of each genesis checkpoint's digest, as iota-types names them. */
const PUBLIC_CHAINS = new Map<string, NetworkStatus['ledger']['network']>([
  ['6364aad5', 'mainnet'],
  ['2304aa97', 'testnet'],
])

/** Whether the ledger answers, and since when not. */
export class LedgerState {
  readonly #clock: Clock
  readonly #url: string
  readonly #changed: () => void
  #state: NetworkStatus['ledger']['state'] = 'unknown'
  #since: number | undefined
  #chain: string | undefined
  #refused: NetworkStatus['ledger']['refused']

  constructor(url: string, clock: Clock, changed: () => void) {
    this.#url = url
    this.#clock = clock
    this.#changed = changed
  }

  setChain(chain: string): void {
    this.#chain = chain
    this.report(true)
  }

  /** Known from before, while the ledger does not answer. */
  keptChain(chain: string): void {
    this.#chain ??= chain
  }

  /** A question failed because the ledger is away: not reached, or not the one that belongs to these data. */
  failed(thrown: unknown): void {
    const { reason } = toParleyError(thrown)
    const before = this.#refused
    this.#refused = reason === 'other_ledger' || reason === 'same_ledger' ? reason : undefined
    const changed = before !== this.#refused && this.#state === 'unreachable'
    this.report(false)
    if (changed) this.#changed()
  }

  report(reachable: boolean): void {
    const before = this.#state
    if (reachable) this.#refused = undefined
    this.#state = reachable ? 'reachable' : 'unreachable'
    if (reachable) this.#since = this.#clock.now()
    if (before !== this.#state) this.#changed()
  }

  /** What the ledger is: by its chain where that is a public one, whatever the URL, otherwise by the URL. */
  get network(): NetworkStatus['ledger']['network'] {
    return PUBLIC_CHAINS.get(this.#chain ?? '') ?? networkOf(this.#url)
  }

  get chain(): string | undefined {
    return this.#chain
  }

  view(): NetworkStatus['ledger'] {
    return {
      url: this.#url,
      network: this.network,
      ...(this.#chain === undefined ? {} : { chain: this.#chain }),
      state: this.#state,
      ...(this.#since === undefined ? {} : { since: this.#since }),
      ...(this.#refused === undefined ? {} : { refused: this.#refused }),
    }
  }
}

/** The same ledger, with every call telling whether it answered: so the screen never says "reachable" after a failed payment. */
export function observed(ledger: Ledger, state: () => LedgerState): Ledger {
  const watch =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await call(...args)
      } catch (thrown) {
        if (isLedgerAway(thrown)) state().failed(thrown)
        throw thrown
      }
    }
  return {
    url: ledger.url,
    chain: watch((fresh) => ledger.chain(fresh)),
    epoch: watch(() => ledger.epoch()),
    balance: watch((address) => ledger.balance(address)),
    prepareTransfer: watch((request) => ledger.prepareTransfer(request)),
    submit: watch((bytes, signature, publicKey) => ledger.submit(bytes, signature, publicKey)),
    outcome: watch((digest) => ledger.outcome(digest)),
    overtaken: watch((bytes) => ledger.overtaken(bytes)),
    history: watch((address, limit, cursor) => ledger.history(address, limit, cursor)),
    balances: watch((address) => ledger.balances(address)),
    transaction: watch((digest, address) => ledger.transaction(digest, address)),
    memos: watch((query) => ledger.memos(query)),
    registry: watch((packageId) => ledger.registry(packageId)),
    channels: watch((packageId) => ledger.channels(packageId)),
    faucet: watch((address) => ledger.faucet(address)),
    close: () => ledger.close(),
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
