import { type Clock, equal } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { verifyCertificate } from '../../crypto/index.ts'
import {
  decodeStrict,
  type DeviceCertificate,
  encode,
  MAX_KEY_PACKAGE_BYTES,
  SignedKeyPackage,
  type SignedKeyPackageValue,
} from '../../wire/index.ts'
import { MAX_DEVICES } from '../constants.ts'
import { ShortMemory } from '../limits/short-memory.ts'
import { type Allowed, type DeviceFact, type LocalState, type Row, storedDevice } from '../state/index.ts'
import { checkAllowed } from './allow-list.ts'
import { checkLastResort, checkSize, type PackageOwner } from './key-package.ts'

/** Senders that are remembered for one address, within a second: strangers may be many. */
const MAX_ASKED = 256
/** That a device is here is written down so often at most: it says so twice a minute. */
const SEEN_MS = 3_600_000
/** With length, version and signature. */
const MAX_SIGNED_BYTES = MAX_KEY_PACKAGE_BYTES + 80

export interface StoredKeyPackage {
  device: string
  certificate: Uint8Array
  signed: SignedKeyPackageValue
}

/** What a node keeps about devices: their certificates, key packages, and who may write to their address. */
export class DeviceRegistry {
  readonly #state: LocalState
  /** Who may write to an address, as far as it was asked for: each envelope asks. */
  readonly #allowed: ShortMemory<Map<string, boolean>>

  constructor(state: LocalState, clock: Clock) {
    this.#state = state
    this.#allowed = new ShortMemory(clock)
    state.onApplied((facts) => {
      for (const fact of facts) if (fact.kind === 'allowed') this.#allowed.forget(fact.address)
    })
  }

  knows(device: string, address: string): boolean {
    return !!this.#device(address, device)
  }

  /** Whether any device of the address is known. */
  knowsAny(address: string): boolean {
    return !!this.#state.rows.get('SELECT 1 FROM device WHERE address = ?', address)
  }

  /** Devices of an address whose certificate has not expired at `now`. */
  devices(address: string, now: number): string[] {
    return this.#living(address, now).map((row) => String(row['id']))
  }

  /** Signed certificates of the devices of an address, at most MAX_DEVICES. */
  certificates(address: string, now: number): Uint8Array[] {
    return this.#living(address, now).map((row) => row['certificate'] as Uint8Array)
  }

  /** Remembers a device that proved itself; throws `revoked`, `rate_limited` where its address has too many, or `storage_full`. */
  async remember(certificate: DeviceCertificate, now: number): Promise<void> {
    const { deviceId: device, addressText: address, signed, issuedAt, expiresAt } = certificate
    const known = this.#device(address, device)
    if (known && equal(known['certificate'] as Uint8Array, signed)) return this.#see(known, now)
    await this.#merge({ address, device, certificate: signed, issuedAt, expiresAt }, now)
  }

  /** A linked device is still here: it does not give way to those that came since. Remembered anew where it has all the same. */
  async stays(
    { address, device, certificate }: { address: string; device: string; certificate: Uint8Array },
    now: number,
  ): Promise<void> {
    const known = this.#device(address, device)
    if (known) return this.#see(known, now)
    await this.remember(verifyCertificate(certificate, now), now)
  }

  stock(device: string): number {
    const row = this.#state.rows.get('SELECT count(*) AS count FROM key_package WHERE device = ?', device)
    return Number(row?.['count'])
  }

  /**
   * Adds packages that are handed out once (beyond MAX_STOCK the oldest go) and replaces the last resort; answers the stock. Their
   * signatures are not checked: whoever spoils its own is passed over by those who take them. Throws what `checkLastResort` throws, `revoked`,
   * `conflict` (reason `version:N`) where a later last resort stands, or `not_found` for a device that never linked here.
   */
  async publish(
    { address, device }: PackageOwner,
    packages: readonly SignedKeyPackageValue[],
    lastResort: SignedKeyPackageValue,
    now: number,
  ): Promise<number> {
    for (const each of packages) {
      checkSize(each)
      if (each.version !== 0) throw new ParleyError('invalid_params', 'A last resort is not handed out once.')
    }
    const known = this.#device(address, device)
    if (known) await this.#replaceLastResort(storedDevice(known), lastResort, now)
    const stock = packages.map((each) => encode(SignedKeyPackage, each, MAX_SIGNED_BYTES))
    return this.#state.apply('publishKeyPackages', { device, packages: stock })
  }

  async #replaceLastResort(known: DeviceFact, lastResort: SignedKeyPackageValue, now: number): Promise<void> {
    const before = known.lastResort
    if (before && equal(before.keyPackage, lastResort.keyPackage)) return
    checkLastResort(known, lastResort, now)
    if (before && before.version >= lastResort.version)
      throw new ParleyError('conflict', 'This device has published a later key package.', {
        reason: `version:${before.version}`,
      })
    await this.#merge({ ...known, lastResort }, now)
  }

  /** Takes one package for each device of the address that is named: never the same one twice. Without one, nothing. */
  async take(address: string, devices: readonly string[]): Promise<StoredKeyPackage[]> {
    const own = devices.filter((device) => this.stock(device) > 0 && this.knows(device, address))
    if (own.length === 0) return []
    const taken = await this.#state.apply('takeKeyPackages', { devices: own })
    return taken.flatMap(({ device, keyPackage }) => {
      const row = this.#device(address, device)
      return row ? [{ ...published(row), signed: stored(keyPackage) }] : []
    })
  }

  lastResorts(address: string, devices: readonly string[]): StoredKeyPackage[] {
    return devices.flatMap((device) => {
      const row = this.#device(address, device)
      const signed = row && storedDevice(row).lastResort
      return row && signed ? [{ ...published(row), signed }] : []
    })
  }

  isAllowed(owner: string, sender: string): boolean {
    if (owner === sender) return true
    const senders = this.#allowed.get(owner, () => new Map())
    const known = senders.get(sender)
    if (known !== undefined) return known
    const row = this.#state.rows.get('SELECT 1 FROM allowed WHERE owner = ? AND sender = ?', owner, sender)
    if (senders.size >= MAX_ASKED) senders.clear()
    senders.set(sender, row !== undefined)
    return row !== undefined
  }

  /** Whether the owner has ever told this node who may write. */
  hasAllowList(owner: string): boolean {
    return !!this.#state.rows.get('SELECT 1 FROM owner WHERE address = ?', owner)
  }

  /**
   * Only these may write to the owner's devices; replaces the list before, where `version` is above its version. Answers the
   * version that stands. Throws what `checkAllowed` throws.
   */
  async setAllowed(list: Allowed, now: number): Promise<number> {
    const { address, version } = list
    checkAllowed(list, now)
    const known = Number(this.#state.rows.get('SELECT version FROM owner WHERE address = ?', address)?.['version'] ?? 0)
    if (version < known) return known
    await this.#state.apply('merge', { facts: [{ kind: 'allowed', ...list }], now, quota: true })
    return version
  }

  meta(name: string): Uint8Array | undefined {
    return this.#state.rows.get('SELECT value FROM meta WHERE name = ?', name)?.['value'] as Uint8Array | undefined
  }

  async setMeta(name: string, value: Uint8Array): Promise<void> {
    const known = this.meta(name)
    if (!known || !equal(known, value)) await this.#state.apply('setMeta', { name, value })
  }

  async #see(known: Row, now: number): Promise<void> {
    if (now - Number(known['seen_at']) < SEEN_MS) return
    await this.#state.apply('see', { address: String(known['address']), device: String(known['id']), now })
  }

  #device(address: string, device: string): Row | undefined {
    return this.#state.rows.get('SELECT * FROM device WHERE address = ? AND id = ?', address, device)
  }

  #living(address: string, now: number): Row[] {
    return this.#state.rows.all(
      'SELECT id, certificate FROM device WHERE address = ? AND expires_at > ? ORDER BY issued_at DESC, id LIMIT ?',
      address,
      now,
      MAX_DEVICES,
    )
  }

  async #merge(fact: DeviceFact, now: number): Promise<void> {
    await this.#state.apply('merge', { facts: [{ kind: 'device', ...fact }], now, quota: true })
  }
}

function published(row: Row): Omit<StoredKeyPackage, 'signed'> {
  return { device: String(row['id']), certificate: row['certificate'] as Uint8Array }
}

function stored(keyPackage: Uint8Array): SignedKeyPackageValue {
  return decodeStrict(SignedKeyPackage, keyPackage, 'The key package', MAX_SIGNED_BYTES)
}
