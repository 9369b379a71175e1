import { equal } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import type { DeviceCertificate } from '../../wire/index.ts'
import { MAX_DEVICES, MAX_STOCK } from '../constants.ts'
import type { NodeDatabase } from './database.ts'
import type { Revocations } from './revocations.ts'

export interface StoredKeyPackage {
  device: string
  certificate: Uint8Array
  keyPackage: Uint8Array
  lastResort: boolean
}

/** What a node keeps about devices: their certificates, key packages, and who may write to their address. */
export class DeviceRegistry {
  readonly #database: NodeDatabase
  readonly #revocations: Revocations

  constructor(database: NodeDatabase, revocations: Revocations) {
    this.#database = database
    this.#revocations = revocations
  }

  knows(device: string, address: string): boolean {
    return !!this.#database.get('SELECT 1 FROM device WHERE id = ? AND address = ?', device, address)
  }

  /** Devices of an address whose certificate has not expired at `now`. */
  devices(address: string, now: number): string[] {
    return this.#database
      .all('SELECT id FROM device WHERE address = ? AND expires_at > ? LIMIT ?', address, now, MAX_DEVICES)
      .map((row) => String(row['id']))
  }

  /** Signed certificates of the devices of an address, at most MAX_DEVICES. */
  certificates(address: string, now: number): Uint8Array[] {
    return this.#database
      .all('SELECT certificate FROM device WHERE address = ? AND expires_at > ? LIMIT ?', address, now, MAX_DEVICES)
      .map((row) => row['certificate'] as Uint8Array)
  }

  /** Remembers a device that proved itself; throws `revoked`, or `rate_limited` where its address has too many. */
  remember(certificate: DeviceCertificate, now: number): Promise<void> {
    const { deviceId, addressText, signed, expiresAt } = certificate
    const known = this.#database.get('SELECT certificate FROM device WHERE id = ?', deviceId)
    if (known && equal(known['certificate'] as Uint8Array, signed)) return Promise.resolve()
    return this.#database.write(() => {
      // Within the transaction: the revocation may have come while the device proved itself.
      this.#revocations.refuse(addressText, deviceId)
      const others = this.devices(addressText, now).filter((id) => id !== deviceId)
      if (others.length >= MAX_DEVICES) throw new ParleyError('rate_limited', 'This address has too many devices.')
      this.#database.run(
        `INSERT INTO device (id, address, certificate, expires_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET address = excluded.address, certificate = excluded.certificate,
           expires_at = excluded.expires_at`,
        deviceId,
        addressText,
        signed,
        Math.min(expiresAt, Number.MAX_SAFE_INTEGER),
      )
    })
  }

  stock(device: string): number {
    return Number(this.#database.get('SELECT count(*) AS count FROM key_package WHERE device = ?', device)?.['count'])
  }

  /** Adds packages (beyond MAX_STOCK the oldest go) and replaces the last resort; answers the stock. */
  publish(device: string, packages: readonly Uint8Array[], lastResort: Uint8Array): Promise<number> {
    return this.#database.write(() => {
      this.#database.run('UPDATE device SET last_resort = ? WHERE id = ?', lastResort, device)
      for (const bytes of packages)
        this.#database.run('INSERT INTO key_package (device, package) VALUES (?, ?)', device, bytes)
      this.#database.run(
        `DELETE FROM key_package WHERE device = ?1 AND id NOT IN
           (SELECT id FROM key_package WHERE device = ?1 ORDER BY id DESC LIMIT ${MAX_STOCK})`,
        device,
      )
      return this.stock(device)
    })
  }

  /** Takes one package for each device named: never the same one twice. Without one, nothing. */
  take(devices: readonly string[]): Promise<StoredKeyPackage[]> {
    return this.#database.write(() =>
      devices.flatMap((device) => {
        const row = this.#database.get(
          `SELECT key_package.id AS id, package, certificate FROM key_package JOIN device ON device.id = device
           WHERE device = ? ORDER BY key_package.id LIMIT 1`,
          device,
        )
        if (!row) return []
        this.#database.run('DELETE FROM key_package WHERE id = ?', Number(row['id']))
        return [stored(device, row, 'package', false)]
      }),
    )
  }

  lastResorts(devices: readonly string[]): StoredKeyPackage[] {
    return devices.flatMap((device) => {
      const row = this.#database.get(
        'SELECT certificate, last_resort FROM device WHERE id = ? AND last_resort IS NOT NULL',
        device,
      )
      return row ? [stored(device, row, 'last_resort', true)] : []
    })
  }

  isAllowed(owner: string, sender: string): boolean {
    return (
      owner === sender || !!this.#database.get('SELECT 1 FROM allowed WHERE owner = ? AND sender = ?', owner, sender)
    )
  }

  /** Whether the owner has ever told this node who may write. */
  hasAllowList(owner: string): boolean {
    return !!this.#database.get('SELECT 1 FROM owner WHERE address = ?', owner)
  }

  /** Only these may write to the owner's devices; replaces the list before. */
  setAllowed(owner: string, senders: readonly string[]): Promise<void> {
    return this.#database.write(() => {
      this.#database.run('INSERT OR IGNORE INTO owner VALUES (?)', owner)
      this.#database.run('DELETE FROM allowed WHERE owner = ?', owner)
      for (const sender of new Set(senders)) this.#database.run('INSERT INTO allowed VALUES (?, ?)', owner, sender)
    })
  }

  meta(name: string): Uint8Array | undefined {
    return this.#database.get('SELECT value FROM meta WHERE name = ?', name)?.['value'] as Uint8Array | undefined
  }

  async setMeta(name: string, value: Uint8Array): Promise<void> {
    await this.#database.write(() => this.#database.run('INSERT OR REPLACE INTO meta VALUES (?, ?)', name, value))
  }
}

function stored(device: string, row: Record<string, unknown>, column: string, lastResort: boolean): StoredKeyPackage {
  return {
    device,
    certificate: row['certificate'] as Uint8Array,
    keyPackage: row[column] as Uint8Array,
    lastResort,
  }
}
