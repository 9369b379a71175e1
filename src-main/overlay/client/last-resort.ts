import { equal } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { SignedKeyPackageValue } from '../../wire/index.ts'
import { MAX_AHEAD_MS, signKeyPackage } from '../mailbox/key-package.ts'
import type { OverlayIdentity } from '../types.ts'

/** This device's key package of last resort, dated so that it counts for more than those before, and the same for all nodes. */
export class LastResort {
  readonly #identity: OverlayIdentity
  readonly #now: () => number
  #signed: SignedKeyPackageValue | undefined

  /** `now`: what time it is for the nodes, in ms, which refuse what is dated far ahead. */
  constructor(identity: OverlayIdentity, now: () => number) {
    this.#identity = identity
    this.#now = now
  }

  /** The package signed; as before where it is the same and its date still counts. */
  sign(keyPackage: Uint8Array): SignedKeyPackageValue {
    const before = this.#signed && !this.#isAhead(this.#signed.version) ? this.#signed : undefined
    if (before && equal(before.keyPackage, keyPackage)) return before
    this.#signed = this.#sign(keyPackage, before?.version ?? 0)
    return this.#signed
  }

  /**
   * For that node alone, after it refused the package with `conflict`, because it has a later one: this device's clock was ahead then.
   * Throws the refusal where it is another, or names a date that no node takes.
   */
  signAfter(keyPackage: Uint8Array, refusal: unknown): SignedKeyPackageValue {
    const { code, reason } = toParleyError(refusal)
    const known = Number(/^version:(\d{1,16})$/.exec(reason ?? '')?.[1] ?? 0)
    if (code !== 'conflict' || this.#isAhead(known)) throw refusal
    return this.#sign(keyPackage, known)
  }

  #isAhead(version: number): boolean {
    return version > this.#now() + MAX_AHEAD_MS
  }

  #sign(keyPackage: Uint8Array, after: number): SignedKeyPackageValue {
    const { certificate, deviceKey } = this.#identity
    const owner = { address: certificate.addressText, device: certificate.deviceId }
    return signKeyPackage(deviceKey, owner, keyPackage, Math.max(this.#now(), after + 1))
  }
}
