import { timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'
import { type Clock, type Log, type Random, Secret, type SecretText, SerialQueue, utf8 } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { issueRevocation } from '../crypto/index.ts'
import type { LedgerSigner } from '../ledger/index.ts'
import type { DeviceRevocation } from '../wire/index.ts'
import { AccountKey } from './account-key.ts'
import { damaged, diskFiles, type KeyFiles, memoryFiles } from './files.ts'
import { Keychain } from './keychain.ts'
import { MasterKey } from './master.ts'
import { entropyOf, newEntropy, phraseOf, walletKey } from './phrase.ts'
import {
  buildIdentity,
  decodeRecord,
  deriveKey,
  encodeRecord,
  type IdentityRecord,
  newRecord,
  renewedCertificate,
  wipeRecord,
} from './record.ts'
import { openFile, parseFile, sealFile } from './sealed-file.ts'
import type { Identity, Keyring, KeystoreKind, SpawnKeychainProcess } from './types.ts'

const IDENTITY = 'identity.json'
const HEADER = JSON.stringify({ format: 'parley/identity/1' })

export interface KeyringOptions {
  /** The profile folder; made with mode 0700 on the first write. */
  profile: string
  /** `auto`: the vault where a passphrase is given, otherwise the OS keychain. */
  keystore: KeystoreKind | 'auto'
  /** Starts `keychain-process.ts`; without it the keychain is `not_supported`. */
  spawnKeychain?: SpawnKeychainProcess | undefined
  clock: Clock
  random: Random
  log: Log
}

export function createKeyring(options: KeyringOptions): Keyring {
  return new ProfileKeyring(options)
}

class ProfileKeyring implements Keyring {
  readonly #files: KeyFiles
  readonly #keychain: Keychain
  readonly #master: MasterKey
  readonly #queue = new SerialQueue()
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  #ready: { identity: Identity; fileKey: Secret } | undefined
  /** Keys of further accounts that were asked for. */
  readonly #accounts = new Map<number, AccountKey>()
  /** Counts locks, so that an unlock that was under way does not undo one. */
  #locks = 0

  constructor({ profile, keystore, spawnKeychain, clock, random, log }: KeyringOptions) {
    this.#files = keystore === 'memory' ? memoryFiles() : diskFiles(profile)
    this.#keychain = new Keychain(spawnKeychain, () => clock.now())
    this.#master = new MasterKey(this.#files, this.#keychain, random, keystore)
    this.#clock = clock
    this.#random = random
    this.#log = log
  }

  get kind(): KeystoreKind {
    return this.#master.kind()
  }

  state(): 'none' | 'locked' | 'ready' {
    if (this.#ready) return 'ready'
    return this.#files.has(IDENTITY) ? 'locked' : 'none'
  }

  current(): Identity | undefined {
    return this.#ready?.identity
  }

  keychainAvailable(): Promise<boolean> {
    return this.#keychain.available()
  }

  create(name: string, passphrase: SecretText | undefined): Promise<{ identity: Identity; phrase: string[] }> {
    return this.#queue.run(async () => {
      const entropy = newEntropy(this.#random)
      const identity = await this.#begin(newRecord(entropy, name, false, this.#random), passphrase)
      const phrase = phraseOf(entropy)
      entropy.wipe()
      return { identity, phrase }
    })
  }

  restore(name: string, phrase: string[], passphrase: SecretText | undefined): Promise<Identity> {
    return this.#queue.run(async () => {
      const entropy = entropyOf(phrase)
      const record = newRecord(entropy, name, true, this.#random)
      entropy.wipe()
      return this.#begin(record, passphrase)
    })
  }

  unlock(passphrase: SecretText | undefined): Promise<Identity> {
    return this.#queue.run(async () => {
      const locks = this.#locks
      const master = await this.#open(passphrase)
      const fileKey = deriveKey(master, 'parley/identity/1')
      return this.#use(this.#read(fileKey), master, fileKey, locks)
    })
  }

  renewCertificate(): Promise<Identity | undefined> {
    return this.#queue.run(async () => {
      const ready = this.#unlocked()
      const record = this.#read(ready.fileKey)
      const made = await renewedCertificate(record, this.#clock).finally(() => wipeRecord(record))
      if (!made) return undefined
      if (this.#ready !== ready) throw new ParleyError('locked', 'Parley was locked meanwhile.')
      this.#write(ready.fileKey, { ...this.#read(ready.fileKey), certificate: made.signed })
      const identity = { ...ready.identity, certificate: made }
      this.#ready = { ...ready, identity }
      this.#log.info({ expiresAt: made.expiresAt }, 'device certificate issued')
      return identity
    })
  }

  lock(): void {
    this.#locks++
    const ready = this.#ready
    this.#ready = undefined
    if (ready) wipe(ready.identity, ready.fileKey)
    for (const key of this.#accounts.values()) key.lock()
    this.#accounts.clear()
  }

  walletAccount(index: number): Promise<LedgerSigner> {
    return this.#queue.run(async () => {
      const locks = this.#locks
      const { identity, fileKey } = this.#unlocked()
      const known = index === 0 ? identity.wallet : this.#accounts.get(index)
      if (known) return known
      const record = this.#read(fileKey)
      const entropy = new Secret(record.entropy)
      wipeRecord(record)
      const key = new AccountKey(await walletKey(entropy, index).finally(() => entropy.wipe()))
      if (locks !== this.#locks) throw new ParleyError('locked', 'Parley was locked meanwhile.')
      this.#accounts.set(index, key)
      return key
    })
  }

  revealPhrase(passphrase: SecretText | undefined): Promise<string[]> {
    return this.#queue.run(async () => {
      const master = await this.#open(passphrase)
      const fileKey = deriveKey(master, 'parley/identity/1')
      master.wipe()
      const record = this.#read(fileKey)
      fileKey.wipe()
      return takePhrase(record)
    })
  }

  revokeDevice(devicePublicKey: Uint8Array, passphrase: SecretText | undefined): Promise<DeviceRevocation> {
    return this.#queue.run(async () => {
      const master = await this.#open(passphrase)
      const fileKey = deriveKey(master, 'parley/identity/1')
      master.wipe()
      const record = this.#read(fileKey)
      fileKey.wipe()
      const entropy = new Secret(record.entropy)
      wipeRecord(record)
      const wallet = await walletKey(entropy).finally(() => entropy.wipe())
      return issueRevocation(wallet, { devicePublicKey, revokedAt: this.#clock.now() })
    })
  }

  confirmPhrase(words: { index: number; word: string }[]): Promise<boolean> {
    return this.#queue.run(() => {
      const ready = this.#unlocked()
      const phrase = takePhrase(this.#read(ready.fileKey))
      const right = words.length > 0 && words.every(({ index, word }) => sameWord(phrase[index], word))
      if (right && !ready.identity.phraseConfirmed) {
        this.#write(ready.fileKey, { ...this.#read(ready.fileKey), phraseConfirmed: true })
        this.#ready = { ...ready, identity: { ...ready.identity, phraseConfirmed: true } }
      }
      return right
    })
  }

  /** Nothing about this object may be printed: its fields are private, and so are theirs. */
  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return `Keyring(${this.state()})`
  }

  #unlocked(): { identity: Identity; fileKey: Secret } {
    if (!this.#ready) throw new ParleyError('locked', 'Parley is locked.')
    return this.#ready
  }

  async #begin(record: IdentityRecord, passphrase: SecretText | undefined): Promise<Identity> {
    if (this.#files.has(IDENTITY)) throw new ParleyError('conflict', 'This profile has an identity already.')
    const locks = this.#locks
    const master = await this.#master.create(passphrase)
    return this.#use(record, master, deriveKey(master, 'parley/identity/1'), locks)
  }

  async #open(passphrase: SecretText | undefined): Promise<Secret> {
    if (!this.#files.has(IDENTITY)) throw new ParleyError('no_identity', 'There is no identity in this profile yet.')
    return this.#master.open(passphrase)
  }

  async #use(record: IdentityRecord, master: Secret, fileKey: Secret, locks: number): Promise<Identity> {
    try {
      const { identity, renewed } = await buildIdentity(record, master, this.#clock)
      if (renewed) this.#write(fileKey, renewed)
      if (locks !== this.#locks) {
        wipe(identity, fileKey)
        throw new ParleyError('locked', 'Parley was locked meanwhile.')
      }
      if (renewed) this.#log.info({ expiresAt: identity.certificate.expiresAt }, 'device certificate issued')
      this.#ready = { identity, fileKey }
      return identity
    } finally {
      master.wipe()
      wipeRecord(record)
    }
  }

  #read(fileKey: Secret): IdentityRecord {
    const file = parseFile(this.#files.read(IDENTITY))
    const content = file.header === HEADER ? openFile(fileKey, file) : undefined
    if (!content) throw damaged()
    try {
      return decodeRecord(content)
    } finally {
      content.wipe()
    }
  }

  #write(fileKey: Secret, record: IdentityRecord): void {
    const content = encodeRecord(record)
    this.#files.write(IDENTITY, sealFile(fileKey, HEADER, content, this.#random))
    content.wipe()
    wipeRecord(record)
  }
}

function wipe(identity: Identity, fileKey: Secret): void {
  if (identity.wallet instanceof AccountKey) identity.wallet.lock()
  for (const secret of [fileKey, identity.deviceSeed, identity.sealingKey, identity.databaseKey]) secret.wipe()
}

function takePhrase(record: IdentityRecord): string[] {
  const entropy = new Secret(record.entropy)
  wipeRecord(record)
  const phrase = phraseOf(entropy)
  entropy.wipe()
  return phrase
}

function sameWord(expected: string | undefined, given: string): boolean {
  if (expected === undefined) return false
  const [a, b] = [utf8(expected), utf8(given.trim().toLowerCase())]
  return a.length === b.length && timingSafeEqual(a, b)
}
