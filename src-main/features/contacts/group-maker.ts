import { type Clock, fromHex, type Log } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import type { Prepared } from '../../post/index.ts'
import type { ContactRow, Store } from '../../store/index.ts'
import type { DeviceCertificate, SealedContentInput } from '../../wire/index.ts'
import type { ContactNetwork, ContactSessions } from './types.ts'

/** A Welcome has 2.9 kB for each device (3.2 kB with the longest certificates), and an envelope holds 65,536 bytes. */
const MOST_DEVICES = 18

export interface Invitation {
  welcome: Uint8Array
  generation: number
}
/**
 * A contact can ask for a new group whenever it likes, and each costs the own other devices a key package and up to 56 kB of mail.
 * So many are made with one contact in an hour and in a day; what is asked for beyond comes later.
 */
export const MOST_AN_HOUR = 8
const MOST_A_DAY = 24
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** More than there are contacts. */
const MOST_REMEMBERED = 10_000

interface Published {
  device: DeviceCertificate
  keyPackage: Uint8Array
}

interface GroupMakerParts {
  store: Store
  network: ContactNetwork
  sessions: ContactSessions
  clock: Clock
  log: Log
}

/** Makes groups of two people with every device of both that has key packages, and the envelopes that bring them in. */
export class GroupMaker {
  readonly #parts: GroupMakerParts
  /** When groups were made in the last day, by contact. */
  readonly #made = new Map<string, number[]>()

  constructor(parts: GroupMakerParts) {
    this.#parts = parts
  }

  /** False where too many were made with this contact lately. */
  mayMake(address: string): boolean {
    const now = this.#parts.clock.now()
    const lately = (this.#made.get(address) ?? []).filter((at) => Math.abs(now - at) < DAY_MS)
    return lately.length < MOST_A_DAY && lately.filter((at) => Math.abs(now - at) < HOUR_MS).length < MOST_AN_HOUR
  }

  /** A group with these devices of the other and this user's own others; `wrap` for the other's. Undefined where none was made. */
  async make(
    address: string,
    theirs: Published[],
    wrap: (invitation: Invitation) => SealedContentInput,
  ): Promise<Prepared[] | undefined> {
    const { network } = this.#parts
    const own = await this.#ownDevices(Math.max(0, MOST_DEVICES - 1 - theirs.length))
    const made = await this.#create(address, theirs, own)
    if (!made) return undefined
    this.#note(address)
    const content = wrap(made.invitation)
    const forThem = theirs.map(async ({ device }) => ({
      device: device.deviceId,
      envelope: await network.seal(device, content),
    }))
    const forUs = made.own.map(({ device }) => this.#toOwn(device, address, made.invitation))
    return Promise.all([...forThem, ...forUs])
  }

  /** For this user's other devices in a group that the contact made: they may not know the contact, and the contact cannot tell them. */
  passOn(address: string, invitation: Invitation, own: DeviceCertificate[]): Promise<Prepared[]> {
    return Promise.all(own.map((device) => this.#toOwn(device, address, invitation)))
  }

  #note(address: string): void {
    const { clock } = this.#parts
    const [oldest] = this.#made.keys()
    if (this.#made.size >= MOST_REMEMBERED && oldest !== undefined) this.#made.delete(oldest)
    this.#made.set(address, [...(this.#made.get(address) ?? []), clock.now()].slice(-MOST_A_DAY))
  }

  async #toOwn(device: DeviceCertificate, address: string, invitation: Invitation): Promise<Prepared> {
    const { store, network } = this.#parts
    const content = ownWelcome(address, store.contacts.get(address), invitation)
    const envelope = await network.seal(device, content)
    return { device: device.deviceId, envelope, address: device.addressText, kind: 'own' }
  }

  /** One bad package of a device that nobody uses any more must not end all conversations: then the group is made without ours. */
  async #create(address: string, theirs: Published[], own: Published[]) {
    try {
      return await this.#createOf(address, theirs, own)
    } catch (thrown) {
      const { code } = toParleyError(thrown)
      if (own.length === 0 || code === 'internal' || code === 'timeout' || code === 'storage_full') throw thrown
      this.#parts.log.warn({ code }, 'the own other devices were left out of a conversation')
      return this.#createOf(address, theirs, [])
    }
  }

  async #createOf(address: string, theirs: Published[], own: Published[]) {
    let invitation: Invitation | undefined
    const packages = [...theirs, ...own].map(({ keyPackage }) => keyPackage)
    await this.#parts.sessions.create(address, packages, ({ welcome, generation }) => {
      invitation = { welcome, generation }
    })
    return invitation && { invitation, own }
  }

  /** Whoever cannot be found now is let in later. */
  async #ownDevices(most: number): Promise<Published[]> {
    try {
      const own = await this.#parts.network.ownKeyPackages()
      if (own.length > most)
        this.#parts.log.warn({ devices: own.length, most }, 'a conversation has no room for all devices')
      return own.slice(0, most)
    } catch (thrown) {
      this.#parts.log.warn({ code: toParleyError(thrown).code }, 'the own other devices could not be asked for')
      return []
    }
  }
}

function ownWelcome(address: string, contact: ContactRow | undefined, invitation: Invitation): SealedContentInput {
  const names = { name: contact?.name ?? '', theirName: contact?.theirName ?? null }
  return { OwnWelcome: { contact: fromHex(address.slice(2)), ...names, ...invitation } }
}
