import type { Clock } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { type DeviceRevocation, MAX_REVOCATIONS } from '../../wire/index.ts'
import { ShortMemory } from '../limits/short-memory.ts'
import type { LocalState } from '../state/index.ts'

export interface StoredRevocation {
  /** Place in the order of arrival. */
  seq: number
  address: string
  device: string
  signed: Uint8Array
}

/** Revocations on disk, kept for good: a revoked device may have a certificate that lasts, or make itself a new one. */
export class Revocations {
  readonly #state: LocalState
  /** Asked for twice by each envelope. */
  readonly #known: ShortMemory<boolean>

  constructor(state: LocalState, clock: Clock) {
    this.#state = state
    this.#known = new ShortMemory(clock)
    state.onApplied((facts) => {
      for (const fact of facts) if (fact.kind === 'revocation') this.#known.forget(keyOf(fact.address, fact.device))
    })
  }

  has(address: string, device: string): boolean {
    return this.#known.get(keyOf(address, device), () => this.#stands(address, device))
  }

  #stands(address: string, device: string): boolean {
    return !!this.#state.rows.get('SELECT 1 FROM revocation WHERE address = ? AND device = ?', address, device)
  }

  /** Throws `revoked`. */
  refuse(address: string, device: string): void {
    if (this.has(address, device)) throw new ParleyError('revoked', 'This device was removed from its address.')
  }

  of(address: string): StoredRevocation[] {
    return this.#rows('address = ?', address, MAX_REVOCATIONS)
  }

  /**
   * Keeps a checked revocation and drops everything that waits for the device, in one transaction. Resolves once it is on
   * disk: true when it is news. Throws `too_large` where its address, or the node, has too many.
   */
  async add({ addressText: address, deviceId: device, signed }: DeviceRevocation, now: number): Promise<boolean> {
    if (this.has(address, device)) return false
    const fact = { kind: 'revocation', address, device, signed } as const
    return (await this.#state.apply('merge', { facts: [fact], now, quota: true })).length > 0
  }

  #rows(where: string, value: string | number, limit: number): StoredRevocation[] {
    return this.#state.rows
      .all(`SELECT seq, address, device, signed FROM revocation WHERE ${where} ORDER BY seq LIMIT ?`, value, limit)
      .map((row) => ({
        seq: Number(row['seq']),
        address: String(row['address']),
        device: String(row['device']),
        signed: row['signed'] as Uint8Array,
      }))
  }
}

function keyOf(address: string, device: string): string {
  return `${address}/${device}`
}
