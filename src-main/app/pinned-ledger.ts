import type { Log } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { Store } from '../store/index.ts'

/** The chain of a data set's ledger, kept so that Parley works while the ledger does not answer. */
const CHAIN = 'chain'

/** The chain that a data set belongs to; undefined before its ledger answered for the first time. */
export function pinnedChain(store: Store): string | undefined {
  const kept = store.settings.get(CHAIN)
  return typeof kept === 'string' ? kept : undefined
}

/** Keeps for the whole profile that a chain is a data set's; throws `conflict`, reason `same_ledger`, where it is another's. */
type ClaimChain = (chain: string) => void

/**
 * The same ledger, asked for its chain identifier beside every question, and before anything is sent. A URL that serves another chain than this data
 * set's is refused (`conflict`, reason `other_ledger`): nothing of it is shown, written down or paid. The
 * same goes for a chain that another data set of the profile has, so that no coin is signed over twice.
 */
export function pinnedLedger(ledger: Ledger, store: Store, claim: ClaimChain, log: Log): Ledger {
  const pin = new ChainPin(ledger, store, claim, log)
  const guard =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const checking = pin.check()
      checking.catch(() => {})
      try {
        return await call(...args)
      } finally {
        // Where it is another ledger, that is what is wrong, whatever it answered.
        await checking
      }
    }
  return {
    url: ledger.url,
    chain: () => pin.check(),
    epoch: guard(() => ledger.epoch()),
    balance: guard((address) => ledger.balance(address)),
    prepareTransfer: guard((request) => ledger.prepareTransfer(request)),
    submit: async (bytes, signature, publicKey) => {
      await pin.check()
      return ledger.submit(bytes, signature, publicKey)
    },
    outcome: guard((digest) => ledger.outcome(digest)),
    overtaken: guard((bytes) => ledger.overtaken(bytes)),
    history: guard((address, limit, cursor) => ledger.history(address, limit, cursor)),
    balances: guard((address) => ledger.balances(address)),
    transaction: guard((digest, address) => ledger.transaction(digest, address)),
    memos: guard((query) => ledger.memos(query)),
    registry: guard((packageId) => ledger.registry(packageId)),
    channels: guard((packageId) => ledger.channels(packageId)),
    faucet: guard((address) => ledger.faucet(address)),
    close: () => ledger.close(),
  }
}

class ChainPin {
  readonly #ledger: Ledger
  readonly #store: Store
  readonly #claim: ClaimChain
  readonly #log: Log
  #checking: Promise<string> | undefined
  #refused = false

  constructor(ledger: Ledger, store: Store, claim: ClaimChain, log: Log) {
    this.#ledger = ledger
    this.#store = store
    this.#claim = claim
    this.#log = log
  }

  /** The chain identifier. Calls that come while one is under way share its answer. */
  check(): Promise<string> {
    this.#checking ??= this.#ask().finally(() => (this.#checking = undefined))
    return this.#checking
  }

  async #ask(): Promise<string> {
    const chain = await this.#ledger.chain(true)
    const pinned = pinnedChain(this.#store)
    // Durable before the pin, and so before anything is prepared to be signed.
    this.#claim(pinned ?? chain)
    if (pinned !== undefined && pinned !== chain) throw this.#refuse(chain, pinned)
    if (pinned === undefined) this.#store.settings.set(CHAIN, chain)
    this.#refused = false
    return chain
  }

  #refuse(chain: string, pinned: string): ParleyError {
    if (!this.#refused) this.#log.error({ chain, pinned }, 'the ledger is another one than before and is not used')
    this.#refused = true
    const message = 'This address serves another ledger than before. Nothing of it is used; choose the network again.'
    return new ParleyError('conflict', message, { reason: 'other_ledger' })
  }
}
