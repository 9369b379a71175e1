import type { Clock, Log } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'
import { verifyCertificate } from '../crypto/index.ts'
import type { Overlay } from '../overlay/index.ts'
import type { Store } from '../store/index.ts'
import type { DeviceCertificate } from '../wire/index.ts'

/** Devices remembered at once; the least recently learnt goes first. */
const MOST_DEVICES = 10_000

/** Which devices belong to which address, as far as checked certificates have shown. */
export class Devices {
  readonly #store: Store
  readonly #overlay: () => Overlay | undefined
  readonly #clock: Clock
  readonly #log: Log
  readonly #known = new Map<string, DeviceCertificate>()

  constructor(store: Store, overlay: () => Overlay | undefined, clock: Clock, log: Log) {
    this.#store = store
    this.#overlay = overlay
    this.#clock = clock
    this.#log = log
  }

  /** Remembers a device, unless it was revoked. */
  learn(certificate: DeviceCertificate): void {
    if (this.#isRevoked(certificate)) return
    this.#known.delete(certificate.deviceId)
    this.#known.set(certificate.deviceId, certificate)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_DEVICES && oldest) this.#known.delete(oldest)
  }

  forget(address: string, device: string): void {
    if (this.#known.get(device)?.addressText === address) this.#known.delete(device)
  }

  get(device: string): DeviceCertificate | undefined {
    return this.#known.get(device)
  }

  addressOf(device: string): string | undefined {
    return this.#known.get(device)?.addressText
  }

  /** Known device ids of an address. */
  idsOf(address: string): string[] {
    return [...this.#known.values()].filter((known) => known.addressText === address).map((known) => known.deviceId)
  }

  /** Living devices of an address, or else those that its key packages or our own records name. */
  async of(address: string): Promise<DeviceCertificate[]> {
    const overlay = this.#overlay()
    const living = overlay ? await overlay.lookup(address) : []
    const found = living.map((presence) => presence.checked)
    if (found.length === 0) found.push(...this.#recorded(address))
    if (found.length === 0 && overlay) {
      for (const published of await overlay.takeKeyPackages(address)) this.#add(found, published.certificate, address)
    }
    const good = found.filter((certificate) => !this.#isRevoked(certificate))
    for (const certificate of good) this.learn(certificate)
    return good
  }

  #isRevoked({ addressText, deviceId }: DeviceCertificate): boolean {
    return this.#store.revocations.has(addressText, deviceId)
  }

  #recorded(address: string): DeviceCertificate[] {
    const found: DeviceCertificate[] = []
    const signed = this.#store.contacts.get(address)?.certificate
    if (signed) this.#add(found, signed, address)
    return found
  }

  #add(found: DeviceCertificate[], signed: Uint8Array, address: string): void {
    try {
      const certificate = verifyCertificate(signed, this.#clock.now())
      if (certificate.addressText === address) found.push(certificate)
    } catch (thrown) {
      this.#log.warn({ code: toParleyError(thrown).code }, 'a device certificate was refused')
    }
  }
}
