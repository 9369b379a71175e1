import * as v from 'valibot'
import { type Random, type Secret, Secret as SecretBytes, type SecretText, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { damaged, type KeyFiles } from './files.ts'
import type { Keychain } from './keychain.ts'
import type { KeystoreKind } from './types.ts'
import { unwrapMaster, wrapMaster } from './vault.ts'

const VAULT = 'vault.json'
const KEYCHAIN = 'keychain.json'
const keychainSchema = v.strictObject({
  format: v.literal('parley/keychain/1'),
  account: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
})

/** Where the master key of a profile is kept, and how it comes back. */
export class MasterKey {
  readonly #files: KeyFiles
  readonly #keychain: Keychain
  readonly #random: Random
  readonly #wanted: KeystoreKind | 'auto'
  #inMemory: Secret | undefined

  constructor(files: KeyFiles, keychain: Keychain, random: Random, wanted: KeystoreKind | 'auto') {
    this.#files = files
    this.#keychain = keychain
    this.#random = random
    this.#wanted = wanted
  }

  /** Where it is kept, or would be. */
  kind(): KeystoreKind {
    if (this.#wanted === 'memory') return 'memory'
    if (this.#files.has(VAULT)) return 'vault'
    if (this.#files.has(KEYCHAIN)) return 'keychain'
    return this.#wanted === 'auto' ? 'vault' : this.#wanted
  }

  /** Makes and keeps a new one. Throws `invalid_params` or `not_supported` where a passphrase is needed. */
  async create(passphrase: SecretText | undefined): Promise<Secret> {
    const master = new SecretBytes(this.#random.bytes(32))
    const kind = await this.#choose(passphrase)
    if (kind === 'memory') this.#inMemory = new SecretBytes(master.use())
    if (kind === 'keychain') await this.#keep(master)
    if (kind === 'vault') {
      if (!passphrase) throw new ParleyError('invalid_params', 'Choose a passphrase to protect this profile.')
      this.#files.write(VAULT, await wrapMaster(master, passphrase, this.#random))
    }
    return master
  }

  /** Throws `wrong_passphrase`, `storage_damaged`, and what the keychain throws. */
  async open(passphrase: SecretText | undefined): Promise<Secret> {
    const kind = this.kind()
    if (kind === 'memory') return new SecretBytes((this.#inMemory ?? missing()).use())
    if (kind === 'keychain') return (await this.#keychain.read(this.#account())) ?? missing()
    const text = this.#files.read(VAULT)
    if (!passphrase) throw new ParleyError('wrong_passphrase', 'This profile needs its passphrase.')
    return unwrapMaster(text, passphrase)
  }

  async #choose(passphrase: SecretText | undefined): Promise<KeystoreKind> {
    if (this.#wanted !== 'auto') return this.#wanted
    if (passphrase) return 'vault'
    if (await this.#keychain.check()) return 'keychain'
    throw new ParleyError('not_supported', 'There is no usable keychain on this computer. Choose a passphrase instead.')
  }

  async #keep(master: Secret): Promise<void> {
    const account = toHex(this.#random.bytes(16))
    await this.#keychain.keep(account, master)
    this.#files.write(KEYCHAIN, `${JSON.stringify({ format: 'parley/keychain/1', account })}\n`)
  }

  #account(): string {
    try {
      return v.parse(keychainSchema, JSON.parse(this.#files.read(KEYCHAIN))).account
    } catch (cause) {
      throw damaged(cause)
    }
  }
}

function missing(): never {
  throw new ParleyError(
    'storage_damaged',
    'The keychain no longer has the key of this profile. Restore from the recovery phrase.',
  )
}
