import type { Secret, SecretText } from '../base/index.ts'
import type { SigningKey } from '../crypto/index.ts'
import type { LedgerSigner } from '../ledger/index.ts'
import type { DeviceCertificate, DeviceRevocation } from '../wire/index.ts'

export type KeystoreKind = 'keychain' | 'vault' | 'memory'

/** Everything that needs keys is built from one of these and dropped with it on lock. */
export interface Identity {
  readonly address: string
  readonly deviceId: string
  readonly name: string
  readonly certificate: DeviceCertificate
  readonly deviceKey: SigningKey
  /** 32 bytes: the device key again, for the MLS worker, whose leaves it signs. */
  readonly deviceSeed: Secret
  readonly sealingKey: Secret
  readonly wallet: LedgerSigner
  /** 32 bytes for the encrypted database. */
  readonly databaseKey: Secret
  readonly phraseConfirmed: boolean
}

/** The keys of one profile folder. */
export interface Keyring {
  readonly kind: KeystoreKind
  state(): 'none' | 'locked' | 'ready'
  /** Whether the OS keychain answers here (write, read back, compare), within 10 s; asked once and remembered. */
  keychainAvailable(): Promise<boolean>
  /** Makes a new identity; the 24 words are in this answer only. Throws `conflict` where one exists. */
  create(name: string, passphrase: SecretText | undefined): Promise<{ identity: Identity; phrase: string[] }>
  /** 12 or 24 words; throws `invalid_params` naming the word that is not in the list, or the checksum. */
  restore(name: string, phrase: string[], passphrase: SecretText | undefined): Promise<Identity>
  /** Throws `wrong_passphrase`, `no_identity` or `storage_damaged`. */
  unlock(passphrase: SecretText | undefined): Promise<Identity>
  /**
   * For a process that runs for months: issues the device certificate anew where less than a third of its life is left, as
   * `unlock` does. The answer shares its keys with the identity before; undefined where nothing was due. Throws `locked`.
   */
  renewCertificate(): Promise<Identity | undefined>
  /** Forgets and wipes every key in memory. */
  lock(): void
  current(): Identity | undefined
  /** The key of an account of the wallet by its index; 0 is the identity's own. Signs until the lock only. Throws `locked`. */
  walletAccount(index: number): Promise<LedgerSigner>
  /** Asks the passphrase (or the keychain) anew. */
  revealPhrase(passphrase: SecretText | undefined): Promise<string[]>
  /** Signs that a device of this address is trusted no more; asks the passphrase (or the keychain) anew. */
  revokeDevice(devicePublicKey: Uint8Array, passphrase: SecretText | undefined): Promise<DeviceRevocation>
  confirmPhrase(words: { index: number; word: string }[]): Promise<boolean>
}

/** How a host starts the keychain process (child_process, or Electron's utilityProcess): messages in and out, exit. */
export interface KeychainProcess {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  onExit(listener: (code: number | null) => void): void
  /** Must end it however blocked it is. */
  kill(): void
}
export type SpawnKeychainProcess = () => KeychainProcess
