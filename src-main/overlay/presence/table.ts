import { type Clock, equal } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { MAX_DEVICES } from '../constants.ts'
import type { CheckedPresence } from '../types.ts'

/** With what the process grows by, 20 KB each were measured at 5,000 in a node: 2 GB at the very most. */
const MAX_ADDRESSES = 100_000
const SWEEP_MS = 5_000
const SIGNATURE_BYTES = 64

/** What the table must know of a packet. */
export type HeldPresence = Pick<CheckedPresence, 'signed' | 'issuedAt' | 'sequence' | 'expiresAt' | 'goodbye'> & {
  checked: Pick<CheckedPresence['checked'], 'addressText' | 'deviceId'>
}

/** A packet without its fields, which a node only passes on: they take ten times the room of the packet itself. */
export function heldPresence({
  signed,
  issuedAt,
  sequence,
  expiresAt,
  goodbye,
  checked,
}: CheckedPresence): HeldPresence {
  const { addressText, deviceId } = checked
  return { signed, issuedAt, sequence, expiresAt, goodbye, checked: { addressText, deviceId } }
}

/**
 * The newest presence of each device, until it expires. A goodbye stays as long as it lasts, so that the packet before
 * it cannot be played again.
 */
export class PresenceTable<P extends HeldPresence = HeldPresence> {
  readonly #clock: Clock
  readonly #onChange: (address: string) => void
  readonly #addresses = new Map<string, Map<string, P>>()
  readonly #bySignature = new Map<string, P>()
  readonly #most: number
  #cancel = () => {}

  constructor(clock: Clock, onChange: (address: string) => void, most = MAX_ADDRESSES) {
    this.#clock = clock
    this.#onChange = onChange
    this.#most = most
  }

  start(): void {
    this.#cancel = this.#clock.after(SWEEP_MS, () => {
      this.sweep()
      this.start()
    })
  }

  stop(): void {
    this.#cancel()
    this.#addresses.clear()
    this.#bySignature.clear()
  }

  /** Forgets a device, as when it is revoked. */
  remove(address: string, device: string): void {
    const devices = this.#addresses.get(address)
    const packet = devices?.get(device)
    if (!devices || !packet) return
    this.#drop(devices, packet)
    if (devices.size === 0) this.#addresses.delete(address)
    this.#onChange(address)
  }

  get size(): number {
    return this.#addresses.size
  }

  /**
   * Takes a checked packet. True when it is news, false for the very packet that stands here; throws `conflict` when
   * (issuedAt, sequence) does not rise, `rate_limited` when the address has too many devices or the table is full.
   */
  put(packet: P): boolean {
    const { addressText: address, deviceId } = packet.checked
    const devices = this.#addresses.get(address) ?? new Map<string, P>()
    const before = devices.get(deviceId)
    if (before) {
      if (equal(before.signed, packet.signed)) return false
      if (!newer(packet, before)) throw new ParleyError('conflict', 'A newer presence packet is known.')
    } else if (devices.size >= MAX_DEVICES || (devices.size === 0 && this.#addresses.size >= this.#most)) {
      this.sweep()
      if (devices.size >= MAX_DEVICES || this.#addresses.size >= this.#most)
        throw new ParleyError('rate_limited', 'No room for another presence packet.', { retryAfter: SWEEP_MS })
    }
    if (before) this.#drop(devices, before)
    devices.set(deviceId, packet)
    this.#bySignature.set(signatureOf(packet.signed), packet)
    this.#addresses.set(address, devices)
    this.#onChange(address)
    return true
  }

  /** Whether this very packet stands here: it has been checked then, and several nodes pass the same one on. */
  holds(signed: Uint8Array): boolean {
    const held = this.#bySignature.get(signatureOf(signed))
    return held !== undefined && equal(held.signed, signed)
  }

  /** Everything known of the address that has not expired, goodbyes included. */
  packets(address: string): P[] {
    const now = this.#clock.now()
    return [...(this.#addresses.get(address)?.values() ?? [])].filter((packet) => packet.expiresAt > now)
  }

  /** Every signed packet that has not expired. */
  all(): Uint8Array[] {
    return [...this.#addresses.keys()].flatMap((address) => this.packets(address).map(({ signed }) => signed))
  }

  /** Devices that are here now. */
  living(address: string): P[] {
    return this.packets(address).filter((packet) => !packet.goodbye)
  }

  /** Drops what has expired and tells of each address that it changed. */
  sweep(): void {
    const now = this.#clock.now()
    for (const [address, devices] of this.#addresses) {
      const size = devices.size
      for (const packet of devices.values()) if (packet.expiresAt <= now) this.#drop(devices, packet)
      if (devices.size === 0) this.#addresses.delete(address)
      if (devices.size < size) this.#onChange(address)
    }
  }

  #drop(devices: Map<string, P>, packet: P): void {
    devices.delete(packet.checked.deviceId)
    this.#bySignature.delete(signatureOf(packet.signed))
  }
}

/** The signature ends the packet; two packets with the same end are compared in full. */
function signatureOf(signed: Uint8Array): string {
  return Buffer.from(signed.subarray(-SIGNATURE_BYTES)).toString('latin1')
}

function newer(a: HeldPresence, b: HeldPresence): boolean {
  return a.issuedAt > b.issuedAt || (a.issuedAt === b.issuedAt && BigInt(a.sequence) > BigInt(b.sequence))
}
