import { ParleyError } from '../../contract/index.ts'
import { type DeviceRevocation, MAX_REVOCATIONS } from '../../wire/index.ts'
import type { NodeDatabase } from './database.ts'

/** 300 bytes each: 60 MB at the very most, which strangers with many wallets could ask for. */
const MAX_REVOCATIONS_IN_ALL = 200_000

export interface StoredRevocation {
  /** Place in the order of arrival. */
  seq: number
  address: string
  device: string
  signed: Uint8Array
}

/** Revocations on disk, kept for good: a revoked device may have a certificate that lasts, or make itself a new one. */
export class Revocations {
  readonly #database: NodeDatabase

  constructor(database: NodeDatabase) {
    this.#database = database
  }

  has(address: string, device: string): boolean {
    return !!this.#database.get('SELECT 1 FROM revocation WHERE address = ? AND device = ?', address, device)
  }

  /** Throws `revoked`. */
  refuse(address: string, device: string): void {
    if (this.has(address, device)) throw new ParleyError('revoked', 'This device was removed from its address.')
  }

  of(address: string): StoredRevocation[] {
    return this.#rows('address = ?', address, MAX_REVOCATIONS)
  }

  /** In the order of arrival, for passing them on. */
  after(seq: number, limit: number): StoredRevocation[] {
    return this.#rows('seq > ?', seq, limit)
  }

  /**
   * Keeps a checked revocation and drops everything that waits for the device, in one transaction. Resolves once it is on
   * disk: true when it is news. Throws `too_large` where its address, or the node, has too many.
   */
  add({ addressText: address, deviceId: device, signed }: DeviceRevocation): Promise<boolean> {
    if (this.has(address, device)) return Promise.resolve(false)
    return this.#database.write(() => {
      if (this.has(address, device)) return false
      if (this.of(address).length >= MAX_REVOCATIONS)
        throw new ParleyError('too_large', 'This address has revoked too many devices.')
      if (Number(this.#database.get('SELECT count(*) AS count FROM revocation')?.['count']) >= MAX_REVOCATIONS_IN_ALL)
        throw new ParleyError('too_large', 'This node has no room for more revocations.')
      this.#database.run('INSERT INTO revocation (address, device, signed) VALUES (?, ?, ?)', address, device, signed)
      if (this.#database.get('SELECT 1 FROM device WHERE id = ? AND address = ?', device, address)) {
        this.#database.run('DELETE FROM key_package WHERE device = ?', device)
        this.#database.run('DELETE FROM mail WHERE device = ?', device)
        this.#database.run('DELETE FROM device WHERE id = ?', device)
      }
      return true
    })
  }

  #rows(where: string, value: string | number, limit: number): StoredRevocation[] {
    return this.#database
      .all(`SELECT seq, address, device, signed FROM revocation WHERE ${where} ORDER BY seq LIMIT ?`, value, limit)
      .map((row) => ({
        seq: Number(row['seq']),
        address: String(row['address']),
        device: String(row['device']),
        signed: row['signed'] as Uint8Array,
      }))
  }
}
