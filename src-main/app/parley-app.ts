import { join } from 'node:path'
import { type Clock, deadline, type Random, SecretText, SerialQueue, systemClock, systemRandom } from '../base/index.ts'
import {
  type Handlers,
  type NetworkChoice,
  type NetworkName,
  type NetworkStatus,
  ParleyError,
  toParleyError,
} from '../contract/index.ts'
import { createKeyring, type Identity, type Keyring } from '../keys/index.ts'
import type { Ledger } from '../ledger/index.ts'
import { openStore, type ProfileLock } from '../store/index.ts'
import type { Account } from './account.ts'
import type { AppControl } from './app-control.ts'
import { AutoLock } from './auto-lock.ts'
import { GivenNodes } from './given-nodes.ts'
import { createHandlers } from './handlers.ts'
import { LedgerState } from './ledger-state.ts'
import { openLedger } from './open-ledger.ts'
import { type ChosenNetwork, Networks } from './networks.ts'
import { pinnedLedger } from './pinned-ledger.ts'
import { defaultSettings } from './settings.ts'
import type { App, AppListener, AppOptions } from './types.ts'

/** How long a choice waits for the ledger to say which it is; it is opened without an answer too. */
const ASK_MS = 5000
const RENEW_EVERY_MS = 24 * 3600_000

/** The product without a host: owns the profile, and the account while it is unlocked. */
export class ParleyApp implements App, AppControl {
  readonly handlers: Handlers
  readonly options: AppOptions
  readonly keyring: Keyring
  readonly clock: Clock
  readonly #random: Random
  readonly #networks: Networks
  #ledger: Ledger
  readonly #lock: ProfileLock
  readonly #listeners = new Set<AppListener>()
  readonly #autoLock: AutoLock
  /** Lock, unlock, create and stop follow each other, never overlap. */
  readonly #steps = new SerialQueue()
  #account: Account | undefined
  #stopped = false
  #cancelRenewal = () => {}

  constructor(options: AppOptions, lock: ProfileLock) {
    this.options = options
    this.clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#lock = lock
    const { log, profile, keystore, runtime } = options
    this.#networks = new Networks(profile, options.ledgerUrl)
    this.#ledger = this.#ledgerAt(this.#networks.current.url)
    const spawnKeychain = runtime.spawnKeychainProcess
    this.keyring = createKeyring({ profile, keystore, spawnKeychain, clock: this.clock, random: this.#random, log })
    this.#autoLock = new AutoLock(this.clock, () => void this.lock())
    this.handlers = createHandlers(this)
  }

  subscribe(listener: AppListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  touch(): void {
    if (this.#account) this.#autoLock.touch()
  }

  /** The unlocked account. Throws `no_identity` or `locked`. */
  account(): Account {
    if (this.#account) return this.#account
    if (this.keyring.state() === 'none')
      throw new ParleyError('no_identity', 'There is no identity in this profile yet.')
    throw new ParleyError('locked', 'Parley is locked.')
  }

  networkStatus(): NetworkStatus {
    if (this.#account) return this.#account.networkStatus()
    const ledger = new LedgerState(this.#ledger.url, this.clock, () => {})
    return { ledger: ledger.view(), links: [], peers: [] }
  }

  settings() {
    return this.#account?.settings() ?? defaultSettings
  }

  create(name: string, passphrase: string | undefined) {
    return this.#steps.run(async () => {
      const made = await this.keyring.create(
        name,
        passphrase === undefined ? this.options.passphrase : new SecretText(passphrase),
      )
      await this.#open(made.identity)
      return made
    })
  }

  restore(name: string, phrase: string[], passphrase: string | undefined): Promise<Identity> {
    return this.#steps.run(async () => {
      const secret = passphrase === undefined ? this.options.passphrase : new SecretText(passphrase)
      const identity = await this.keyring.restore(name, phrase, secret)
      await this.#open(identity)
      return identity
    })
  }

  unlock(passphrase: SecretText | undefined): Promise<void> {
    return this.#steps.run(async () => {
      if (this.#account) return
      // The code is read while another thread stretches the passphrase.
      const [identity] = await Promise.all([this.keyring.unlock(passphrase), loadAccount()])
      await this.#open(identity)
    })
  }

  lock(): Promise<void> {
    return this.#steps.run(async () => {
      await this.#closeAccount()
      this.#emitIdentity()
    })
  }

  networks(): NetworkChoice[] {
    return this.#networks.list()
  }

  /** Goes over to another ledger and its data; where that cannot be opened, back to the one before. */
  chooseNetwork(network: NetworkName, url: string | undefined): Promise<void> {
    return this.#steps.run(async () => {
      const before = this.#networks.current
      const wanted = this.#networks.urlFor(network, url)
      const chosen = this.#networks.resolve(network, wanted, await this.#chainAt(wanted))
      if (chosen.url === before.url && chosen.database === before.database) return
      const identity = this.keyring.current()
      const wasOpen = this.#account !== undefined
      // Requests under way end here, so that nothing of the old ledger is waited for or written into the new one's data.
      this.#ledger.close()
      await this.#stopAccount()
      this.#useLedger(chosen)
      try {
        if (wasOpen && identity) await this.#openAccount(identity)
        this.#networks.save(chosen)
      } catch (thrown) {
        await this.#stopAccount()
        this.#useLedger(before)
        if (wasOpen && identity) await this.#open(identity)
        throw thrown
      }
      this.emit('network', this.networkStatus())
    })
  }

  /** The chain that answers at a URL now; undefined where none does. */
  async #chainAt(url: string): Promise<string | undefined> {
    const ledger = this.#ledgerAt(url)
    try {
      return await deadline(ledger.chain(true), ASK_MS, 'The ledger does not answer.', 'ledger_unreachable')
    } catch (thrown) {
      this.options.log.warn({ code: toParleyError(thrown).code }, 'the chosen ledger does not answer yet')
      return undefined
    } finally {
      ledger.close()
    }
  }

  #ledgerAt(url: string): Ledger {
    const nodes = () => this.#account?.overlay?.nodes() ?? []
    return openLedger({ url, nodes, clock: this.clock, log: this.options.log })
  }

  #useLedger(chosen: ChosenNetwork): void {
    this.#ledger.close()
    this.#networks.current = chosen
    this.#ledger = this.#ledgerAt(chosen.url)
  }

  stop(): Promise<void> {
    return this.#steps.run(async () => {
      if (this.#stopped) return
      this.#stopped = true
      await this.#closeAccount()
      this.#ledger.close()
      this.#lock.release()
      this.#listeners.clear()
    })
  }

  readonly emit: AppListener = (name, payload) => {
    for (const listener of [...this.#listeners]) listener(name, payload)
  }

  /** Opens the account; where that fails (a full or damaged disk) the keys are closed again and the app is locked. */
  async #open(identity: Identity): Promise<void> {
    try {
      await this.#openAccount(identity)
    } catch (thrown) {
      this.keyring.lock()
      throw thrown
    }
  }

  async #openAccount(identity: Identity): Promise<void> {
    if (this.#stopped) throw new ParleyError('locked', 'Parley is closing.')
    const { log, profile, runtime, bindAddress } = this.options
    const { database, isStart, set } = this.#networks.current
    const { Account } = await loadAccount()
    const store = openStore({ file: join(profile, database), key: identity.databaseKey, clock: this.clock, log })
    const given = new GivenNodes(store, isStart ? this.options.nodes : [])
    const account = new Account({
      identity,
      store,
      ledger: pinnedLedger(this.#ledger, store, (chain) => this.#networks.chains.claim(set, chain), log),
      signerOf: (index) => this.keyring.walletAccount(index),
      given,
      get nodes() {
        return given.all()
      },
      runtime,
      emit: this.emit,
      clock: this.clock,
      random: this.#random,
      log,
      ...(bindAddress === undefined ? {} : { bindAddress }),
    })
    try {
      await account.start()
    } catch (thrown) {
      await account.stop()
      throw thrown
    }
    this.#account = account
    this.#autoLock.set(account.settings().autoLockMinutes)
    this.#renewLater()
    this.#emitIdentity()
  }

  /** A process may run longer than a certificate lasts: once a day it is looked at, and a new one is taken up at once. */
  #renewLater(): void {
    this.#cancelRenewal()
    this.#cancelRenewal = this.clock.after(RENEW_EVERY_MS, () => {
      void this.#steps
        .run(async () => {
          const identity = this.#account && (await this.keyring.renewCertificate())
          if (!identity) return this.#renewLater()
          await this.#stopAccount()
          await this.#open(identity)
        })
        .catch((thrown: unknown) => {
          this.options.log.error({ code: toParleyError(thrown).code }, 'the certificate could not be renewed')
        })
    })
  }

  setAutoLock(minutes: number): void {
    this.#autoLock.set(minutes)
  }

  async #closeAccount(): Promise<void> {
    this.#autoLock.stop()
    this.#cancelRenewal()
    await this.#stopAccount()
    this.keyring.lock()
  }

  async #stopAccount(): Promise<void> {
    const account = this.#account
    this.#account = undefined
    await account?.stop()
  }

  /** Ready is what can be used: keys that are open while the database is not yet, or cannot be, are locked. */
  state(): 'none' | 'locked' | 'ready' {
    if (this.#account) return 'ready'
    return this.keyring.state() === 'none' ? 'none' : 'locked'
  }

  #emitIdentity(): void {
    this.emit('identity', { state: this.state() })
  }
}

/** Most of the product stands behind it, so it is read only when an identity is unlocked. */
function loadAccount() {
  return import('./account.ts')
}
