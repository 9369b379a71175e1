import type { Secret, SecretText } from '../base/index.ts'
import type { SigningKey } from '../crypto/index.ts'
import type { LedgerSigner } from '../ledger/port.ts'
import type { DeviceCertificate } from '../wire/index.ts'

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
  /** Whether the OS keychain answers here (write, read back, compare), within 10 s. */
  keychainAvailable(): Promise<boolean>
  /** Makes a new identity; the 24 words are in this answer only. Throws `conflict` where one exists. */
  create(name: string, passphrase: SecretText | undefined): Promise<{ identity: Identity; phrase: string[] }>
  /** 12 or 24 words; throws `invalid_params` naming the word that is not in the list, or the checksum. */
  restore(name: string, phrase: string[], passphrase: SecretText | undefined): Promise<Identity>
  /** Throws `wrong_passphrase`, `no_identity` or `storage_damaged`. */
  unlock(passphrase: SecretText | undefined): Promise<Identity>
  /** Forgets and wipes every key in memory. */
  lock(): void
  current(): Identity | undefined
  /** Asks the passphrase (or the keychain) anew. */
  revealPhrase(passphrase: SecretText | undefined): Promise<string[]>
  confirmPhrase(words: { index: number; word: string }[]): Promise<boolean>
}
