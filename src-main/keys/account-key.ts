import { inspect } from 'node:util'
import { ParleyError } from '../contract/index.ts'
import type { SigningKey } from '../crypto/index.ts'
import type { LedgerSigner } from '../ledger/index.ts'
import { addressOfPublicKey } from '../wire/index.ts'

/** The key of one account: signs until it is locked, and lets go of the private half then. */
export class AccountKey implements LedgerSigner {
  readonly publicKey: Uint8Array
  readonly address: string
  #key: SigningKey | undefined

  constructor(key: SigningKey) {
    this.publicKey = key.publicKey
    this.address = addressOfPublicKey(key.publicKey)
    this.#key = key
  }

  sign(digest: Uint8Array): Uint8Array {
    if (!this.#key) throw new ParleyError('locked', 'Parley is locked.')
    return this.#key.sign(digest)
  }

  lock(): void {
    this.#key = undefined
  }

  [inspect.custom](): string {
    return 'AccountKey([redacted])'
  }
}
