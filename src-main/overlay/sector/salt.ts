import { backoff, type Clock, deadline, equal, type Log, type Random, utf8 } from '../../base/index.ts'
import { hash256 } from '../../wire/index.ts'
import { EPOCH_POLL_MS, MAX_PRESENCE_TTL_MS, REQUEST_MS } from '../constants.ts'

/** The salt where the ledger's epoch is not known: the same for everyone on a chain, but foreseeable. */
export function chainSalt(chain: string): Uint8Array<ArrayBuffer> {
  return hash256(utf8('parley/salt/1'), utf8(chain))
}

/**
 * Follows the ledger's newest epoch salt. For one presence lifetime after a change the salt before is served as well.
 */
export class SaltSource {
  readonly #read: () => Promise<Uint8Array>
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #onChange: () => void
  #current: Uint8Array
  #previous: { salt: Uint8Array; until: number } | undefined
  /** False while the salt is only a guess: then there is no set before it to serve. */
  #known: boolean
  #attempt = 0
  #cancel = () => {}
  #cancelOverlap = () => {}
  #running = false

  constructor(options: {
    first: Uint8Array
    /** Whether `first` came from the ledger once. */
    known: boolean
    read: () => Promise<Uint8Array>
    clock: Clock
    random: Random
    log: Log
    onChange: () => void
  }) {
    this.#current = options.first
    this.#known = options.known
    this.#read = options.read
    this.#clock = options.clock
    this.#random = options.random
    this.#log = options.log
    this.#onChange = options.onChange
  }

  start(): void {
    this.#running = true
    void this.#poll()
  }

  stop(): void {
    this.#running = false
    this.#cancel()
    this.#cancelOverlap()
  }

  /** The salts in force, newest first: one, or two shortly after a change. */
  salts(): Uint8Array[] {
    const previous = this.#previous
    return previous && previous.until > this.#clock.steady() ? [this.#current, previous.salt] : [this.#current]
  }

  set(salt: Uint8Array): void {
    const known = this.#known
    this.#known = true
    if (equal(salt, this.#current)) return
    this.#previous = known ? { salt: this.#current, until: this.#clock.steady() + MAX_PRESENCE_TTL_MS } : undefined
    this.#current = salt
    this.#cancelOverlap()
    if (known) this.#cancelOverlap = this.#clock.after(MAX_PRESENCE_TTL_MS, this.#onChange)
    this.#onChange()
  }

  async #poll(): Promise<void> {
    try {
      const salt = await deadline(this.#read(), REQUEST_MS, 'The ledger did not tell its epoch in time.')
      this.#attempt = 0
      if (this.#running) this.set(salt)
    } catch (error) {
      this.#attempt++
      this.#log.debug({ error: String(error) }, 'the epoch salt could not be read')
    }
    if (!this.#running) return
    const wait = this.#attempt === 0 ? EPOCH_POLL_MS : backoff(this.#attempt - 1, 500, EPOCH_POLL_MS, this.#random)
    this.#cancel = this.#clock.after(wait, () => void this.#poll())
  }
}
