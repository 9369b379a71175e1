import { type Clock, equal } from '../../base/index.ts'
import { ParleyError } from '../../contract/index.ts'
import { MAX_AHEAD_MS, MAX_DEVICES } from '../constants.ts'
import type { CheckedPresence } from '../types.ts'

/** With what the process grows by, 20 KB each were measured at 5,000 in a node: 2 GB at the very most. */
const MAX_ADDRESSES = 100_000
const SWEEP_MS = 5_000
/** Of a full table: what one network or node may hold before its own oldest give way to its newest, a share of all. */
const ORIGIN_SHARE = 1 / 8
/** The presences that were not renewed for longest, of which one gives way: whose origin holds most. */
const OLDEST = 64
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
 * The newest presence of each device, until it expires, or is found to be of a clock that was ahead. A goodbye stays as long as it
 * lasts, so that the packet before it cannot be played again. A full table refuses nobody: of the addresses that were not renewed
 * for longest the one gives way whose `origin` (a network, or the node that told) holds most, so that a flood drives out itself;
 * whoever is here renews every half minute.
 */
export class PresenceTable<P extends HeldPresence = HeldPresence> {
  readonly #clock: Clock
  readonly #onChange: (address: string) => void
  /** The one renewed longest ago first. */
  readonly #addresses = new Map<string, Held<P>>()
  /** Addresses by origin, in the same order. */
  readonly #origins = new Map<string, Set<string>>()
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
    this.#origins.clear()
    this.#bySignature.clear()
  }

  /** Forgets a device, as when it is revoked. */
  remove(address: string, device: string): void {
    const held = this.#addresses.get(address)
    const packet = held?.devices.get(device)
    if (!held || !packet) return
    this.#drop(held.devices, packet)
    if (held.devices.size === 0) this.#forget(address, held)
    this.#onChange(address)
  }

  get size(): number {
    return this.#addresses.size
  }

  /**
   * Takes a checked packet. True when it is news, false for the very packet that stands here; throws `conflict` when
   * (issuedAt, sequence) does not rise, `rate_limited` when the address has too many devices. `origin`: the network that the
   * device links from, which counts before the node that tells (`isNode`).
   */
  put(packet: P, origin = '', isNode = false): boolean {
    const { addressText: address, deviceId } = packet.checked
    const held = this.#addresses.get(address)
    const before = held?.devices.get(deviceId)
    if (before) {
      if (equal(before.signed, packet.signed)) return false
      if (!newer(packet, before) && !isAhead(before, this.#clock.now()))
        throw new ParleyError('conflict', 'A newer presence packet is known.')
    } else if (held) this.#requireRoom(held.devices)
    else if (this.#addresses.size >= this.#most) this.#makeRoom(origin)
    if (held && before) this.#drop(held.devices, before)
    const { devices } = this.#renew(address, held, origin, isNode)
    devices.set(deviceId, packet)
    this.#bySignature.set(signatureOf(packet.signed), packet)
    this.#onChange(address)
    return true
  }

  #requireRoom(devices: Map<string, P>): void {
    if (devices.size < MAX_DEVICES) return
    const now = this.#clock.now()
    for (const packet of devices.values()) if (isOver(packet, now)) this.#drop(devices, packet)
    if (devices.size >= MAX_DEVICES)
      throw new ParleyError('rate_limited', 'No room for another presence packet.', { retryAfter: SWEEP_MS })
  }

  /** Puts the address behind all others, under the origin that counts. */
  #renew(address: string, before: Held<P> | undefined, origin: string, isNode: boolean): Held<P> {
    const held = before ?? { devices: new Map<string, P>(), origin, isNode }
    if (before) this.#forget(address, before)
    if (held.isNode && !isNode) Object.assign(held, { origin, isNode })
    this.#addresses.set(address, held)
    const own = this.#origins.get(held.origin) ?? new Set()
    this.#origins.set(held.origin, own.add(address))
    return held
  }

  #makeRoom(origin: string): void {
    const [address = ''] = this.#crowd(origin)
    const held = this.#addresses.get(address)
    if (!held) return
    for (const packet of held.devices.values()) this.#drop(held.devices, packet)
    this.#forget(address, held)
    this.#onChange(address)
  }

  /** The addresses of the origin that has to give one up. */
  #crowd(origin: string): ReadonlySet<string> {
    const own = this.#origins.get(origin) ?? new Set()
    if (own.size > this.#most * ORIGIN_SHARE) return own
    let crowd: ReadonlySet<string> = new Set()
    let seen = 0
    for (const held of this.#addresses.values()) {
      const those = this.#origins.get(held.origin)
      if (those && those.size > crowd.size) crowd = those
      if (++seen === OLDEST) break
    }
    return crowd
  }

  #forget(address: string, { origin }: Held<P>): void {
    this.#addresses.delete(address)
    const own = this.#origins.get(origin)
    own?.delete(address)
    if (own?.size === 0) this.#origins.delete(origin)
  }

  /** Whether this very packet stands here: it has been checked then, and several nodes pass the same one on. */
  holds(signed: Uint8Array): boolean {
    const held = this.#bySignature.get(signatureOf(signed))
    return held !== undefined && equal(held.signed, signed)
  }

  /** Everything known of the address that has not expired, goodbyes included. */
  packets(address: string): P[] {
    const now = this.#clock.now()
    return [...(this.#addresses.get(address)?.devices.values() ?? [])].filter((packet) => !isOver(packet, now))
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
    for (const [address, held] of this.#addresses) {
      const { devices } = held
      const size = devices.size
      for (const packet of devices.values()) if (isOver(packet, now)) this.#drop(devices, packet)
      if (devices.size === 0) this.#forget(address, held)
      if (devices.size < size) this.#onChange(address)
    }
  }

  #drop(devices: Map<string, P>, packet: P): void {
    devices.delete(packet.checked.deviceId)
    this.#bySignature.delete(signatureOf(packet.signed))
  }
}

interface Held<P> {
  /** By device. */
  devices: Map<string, P>
  origin: string
  isNode: boolean
}

/** The signature ends the packet; two packets with the same end are compared in full. */
function signatureOf(signed: Uint8Array): string {
  return Buffer.from(signed.subarray(-SIGNATURE_BYTES)).toString('latin1')
}

function isOver(packet: HeldPresence, now: number): boolean {
  return packet.expiresAt <= now || isAhead(packet, now)
}

/** Dated farther ahead than a packet is taken: the clock that it was taken by has been set since. */
function isAhead({ issuedAt }: HeldPresence, now: number): boolean {
  return issuedAt > now + MAX_AHEAD_MS
}

function newer(a: HeldPresence, b: HeldPresence): boolean {
  return a.issuedAt > b.issuedAt || (a.issuedAt === b.issuedAt && BigInt(a.sequence) > BigInt(b.sequence))
}
