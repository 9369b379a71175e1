import type { SecretText } from '../base/index.ts'
import type { NetworkChoice, NetworkName, NetworkStatus, Settings } from '../contract/index.ts'
import type { Identity, Keyring } from '../keys/index.ts'
import type { Account } from './account.ts'
import type { AppOptions } from './types.ts'

/** What the handlers of the contract need of the app. */
export interface AppControl {
  readonly options: AppOptions
  readonly keyring: Keyring
  /** The unlocked account. Throws `no_identity` or `locked`. */
  account(): Account
  state(): 'none' | 'locked' | 'ready'
  networkStatus(): NetworkStatus
  settings(): Settings
  networks(): NetworkChoice[]
  chooseNetwork(network: NetworkName, url: string | undefined): Promise<void>
  setAutoLock(minutes: number): void
  /** Tells that the user did something, for auto-lock. */
  touch(): void
  create(name: string, passphrase: string | undefined): Promise<{ identity: Identity; phrase: string[] }>
  restore(name: string, phrase: string[], passphrase: string | undefined): Promise<Identity>
  unlock(passphrase: SecretText | undefined): Promise<void>
  lock(): Promise<void>
}
