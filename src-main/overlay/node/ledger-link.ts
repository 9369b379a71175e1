import { backoff, type Clock, deadline, type Log, type Random, utf8 } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { Ledger } from '../../ledger/index.ts'
import { REQUEST_MS } from '../constants.ts'
import type { DeviceRegistry } from '../mailbox/registry.ts'
import { chainSalt, SaltSource } from '../sector/salt.ts'

const FIRST_WAIT_MS = 250
const MOST_WAIT_MS = 15_000

/**
 * What a node takes from the ledger: the chain identifier and the epoch's salt. Both are kept, so that a node starts
 * again without its ledger.
 */
export class LedgerLink {
  readonly #ledger: Pick<Ledger, 'chain' | 'epoch'>
  readonly #registry: Pick<DeviceRegistry, 'meta' | 'setMeta'>
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #onChange: () => void
  #chain: string | undefined
  #salt: SaltSource | undefined
  #running = false
  readonly #ended = Promise.withResolvers<void>()
  #attempt = 0
  #away = false
  #cancel = () => {}

  constructor(options: {
    ledger: Pick<Ledger, 'chain' | 'epoch'>
    registry: Pick<DeviceRegistry, 'meta' | 'setMeta'>
    clock: Clock
    random: Random
    log: Log
    onChange: () => void
  }) {
    this.#ledger = options.ledger
    this.#registry = options.registry
    this.#clock = options.clock
    this.#random = options.random
    this.#log = options.log
    this.#onChange = options.onChange
  }

  get chain(): string | undefined {
    return this.#chain
  }

  /** Whether the ledger answered when it was last asked. */
  get reachable(): boolean {
    return this.#chain !== undefined && !this.#away
  }

  salts(): Uint8Array[] {
    return this.#salt?.salts() ?? [chainSalt('')]
  }

  /** Resolves when the chain is known, from disk or the ledger, or after `ms`; goes on trying then. `stop` ends it. */
  async start(ms: number): Promise<void> {
    this.#running = true
    const kept = this.#registry.meta('chain')
    if (kept) this.#begin(Buffer.from(kept).toString('utf8'))
    else
      await deadline(Promise.race([this.#ask(), this.#ended.promise]), ms, 'The ledger does not answer.').catch(
        () => {},
      )
  }

  stop(): void {
    this.#running = false
    this.#ended.resolve()
    this.#cancel()
    this.#salt?.stop()
  }

  async #ask(): Promise<void> {
    try {
      const chain = await this.#watched(this.#ledger.chain())
      if (!this.#running) return
      this.#begin(chain)
      await this.#keepChain(chain)
    } catch {
      if (!this.#running) return
      const wait = backoff(this.#attempt++, FIRST_WAIT_MS, MOST_WAIT_MS, this.#random)
      this.#cancel = this.#clock.after(wait, () => void this.#ask())
    }
  }

  /** A full disk must not keep the node from what it knows: it is kept when there is room. */
  async #keepChain(chain: string): Promise<void> {
    try {
      await this.#registry.setMeta('chain', utf8(chain))
    } catch (error) {
      this.#log.debug({ err: error }, 'the chain could not be kept; trying again')
      if (this.#running) this.#cancel = this.#clock.after(MOST_WAIT_MS, () => void this.#keepChain(chain))
    }
  }

  /** One line where the ledger goes away and one where it is back, however often it is asked between them. */
  async #watched<T>(answer: Promise<T>): Promise<T> {
    try {
      const value = await deadline(answer, REQUEST_MS, 'The ledger does not answer.')
      if (this.#away && this.#running) this.#log.info({}, 'the ledger answers again')
      this.#away = false
      return value
    } catch (error) {
      const { code } = toParleyError(error)
      if (!this.#away && this.#running) this.#log.warn({ code }, 'the ledger cannot be reached; trying again')
      this.#away = true
      throw error
    }
  }

  #begin(chain: string): void {
    this.#chain = chain
    const kept = this.#registry.meta('salt')
    this.#salt = new SaltSource({
      first: kept ?? chainSalt(chain),
      known: kept !== undefined,
      read: async () => {
        const { salt } = await this.#watched(this.#ledger.epoch())
        // It is read again and kept then.
        await this.#registry
          .setMeta('salt', salt)
          .catch((error: unknown) => this.#log.debug({ err: error }, 'the salt could not be kept'))
        return salt
      },
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
      onChange: this.#onChange,
    })
    this.#salt.start()
    this.#onChange()
  }
}
