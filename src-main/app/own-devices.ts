import { sleep } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'
import { makeEnvelope, sealContent, SIGNAL_TTL_MS } from '../post/index.ts'
import type { DeviceCertificate } from '../wire/index.ts'
import type { AccountContext } from './account-types.ts'
import { contactNetwork } from './contact-network.ts'

/** After a group was made: its own Welcomes are out by then, and nodes know what others have published meanwhile. */
const SOON_MS = 3000
/** Of several devices that see the same, the next one waits so long for the first to do it. */
const TURN_MS = 5000
/** New groups one after another, where a new device belongs in hundreds. */
const BETWEEN_MS = 1000
/** A device that is still left out after so many new groups cannot be let in: each costs every device a little. */
const MOST_TRIES = 3
/** A device that was given up and asks again has its tries anew, at most so often. */
const ASKED_EVERY_MS = 60_000
const MOST_REMEMBERED = 10_000

/** Lets the user's other devices into the conversations that lack them, and asks them for the same. */
export class OwnDevices {
  readonly #account: AccountContext
  /** New groups that were made for want of a device, by contact and device. */
  readonly #tries = new Map<string, number>()
  readonly #askedAt = new Map<string, number>()
  #running = true
  #looking = false
  #again = false
  #cancel: (() => void) | undefined

  constructor(account: AccountContext) {
    this.#account = account
  }

  stop(): void {
    this.#running = false
    this.#cancel?.()
  }

  /** Soon after a group was made or joined. */
  lookSoon(): void {
    if (!this.#running) return
    this.#cancel ??= this.#account.parts.clock.after(SOON_MS, () => {
      this.#cancel = undefined
      this.look()
    })
  }

  /** Looks at every conversation, one after another; what is asked for meanwhile comes after. */
  look(): void {
    if (!this.#running) return
    this.#again = true
    if (this.#looking) return
    this.#looking = true
    void this.#lookUntilDone().finally(() => (this.#looking = false))
  }

  /** Another device of this user may be in none, and is there now. */
  asked(device: string): void {
    const now = this.#account.parts.clock.steady()
    if (now - (this.#askedAt.get(device) ?? -Infinity) < ASKED_EVERY_MS) return
    if (this.#askedAt.size >= MOST_REMEMBERED) this.#askedAt.clear()
    this.#askedAt.set(device, now)
    for (const key of this.#tries.keys()) if (key.endsWith(device)) this.#tries.delete(key)
    this.look()
  }

  /** This device can be let in from now on: its key packages are at its nodes. Those that are not there look when they come. */
  async ask(): Promise<void> {
    const { overlay, sealer, identity, parts } = this.#account
    const { clock, random, log } = parts
    if (!overlay || !sealer) return
    try {
      const living = (await overlay.lookup(identity.address)).map(({ checked }) => checked)
      for (const other of living.filter(({ deviceId }) => deviceId !== identity.deviceId)) {
        const body = await sealContent(sealer, other, { ResyncRequest: { reason: 'new' } }, clock.now())
        const envelope = makeEnvelope(identity.deviceId, body, clock.now(), random)
        await overlay.send({ address: identity.address, device: other.deviceId }, envelope, 'signal', SIGNAL_TTL_MS)
      }
    } catch (thrown) {
      log.debug({ code: toParleyError(thrown).code }, 'the own other devices were not asked')
    }
  }

  async #lookUntilDone(): Promise<void> {
    while (this.#running && this.#again) {
      this.#again = false
      try {
        await this.#lookAtEach()
      } catch (thrown) {
        const { code } = toParleyError(thrown)
        if (this.#running) this.#account.parts.log.warn({ code }, 'own devices that are left out were not looked for')
      }
    }
  }

  async #lookAtEach(): Promise<void> {
    const { store, parts, requests, identity } = this.#account
    let ready: Set<string> | undefined
    const others = await this.#others()
    for (const { address, state } of store.contacts.list()) {
      if (!this.#running) return
      if (state !== 'accepted') continue
      if (!store.groups.active(address)) this.#askFor(address)
      if (others.length === 0 || (await this.#lacking(address, others)).length === 0) continue
      if (!ready) {
        ready = await this.#withKeyPackages()
        await sleep(parts.clock, (await this.#rank(address)) * TURN_MS)
      }
      const lacking = (await this.#lacking(address, others)).filter((device) => ready?.has(device))
      if (!this.#running || !this.#mayTry(address, lacking)) continue
      parts.log.info({ devices: lacking.length, by: identity.deviceId.slice(0, 8) }, 'own devices are let in')
      requests.renewGroup(address)
      await sleep(parts.clock, BETWEEN_MS)
    }
  }

  /** This device has the contact, and no conversation. */
  #askFor(address: string): void {
    const { store, requests, identity } = this.#account
    const isUnderWay = store.outbox.forAddress(address).some(({ kind }) => kind !== 'event')
    if (!isUnderWay && this.#mayTry(address, [identity.deviceId])) requests.askResync(address)
  }

  async #others(): Promise<string[]> {
    const { overlay, identity } = this.#account
    if (!overlay || overlay.nodes().length === 0) return []
    const known = await overlay.ownDevices()
    return known.map(({ deviceId }) => deviceId).filter((device) => device !== identity.deviceId)
  }

  /** Those of them that are not in the contact's group now. */
  async #lacking(address: string, devices: readonly string[]): Promise<string[]> {
    const members = (await this.#members(address)).map(({ deviceId }) => deviceId)
    return members.length === 0 ? [] : devices.filter((device) => !members.includes(device))
  }

  /** The place of this device among those of its user that can do it. */
  async #rank(address: string): Promise<number> {
    const { identity } = this.#account
    const own = (await this.#members(address)).filter(({ addressText }) => addressText === identity.address)
    return own
      .map(({ deviceId }) => deviceId)
      .sort()
      .indexOf(identity.deviceId)
  }

  async #members(address: string): Promise<DeviceCertificate[]> {
    const group = this.#account.store.groups.active(address)
    return group ? this.#account.sessions.members(group.groupId) : []
  }

  /** A group is not made anew for a device that has published nothing to let it in with. */
  async #withKeyPackages(): Promise<Set<string>> {
    const published = await contactNetwork(this.#account).ownKeyPackages()
    return new Set(published.map(({ device }) => device.deviceId))
  }

  #mayTry(address: string, devices: readonly string[]): boolean {
    const { store, parts } = this.#account
    if (store.outbox.forAddress(address).some(({ kind }) => kind === 'welcome' || kind === 'accept')) return false
    let isWanted = false
    for (const device of devices) {
      const key = `${address} ${device}`
      const tries = (this.#tries.get(key) ?? 0) + 1
      if (tries > MOST_TRIES + 1) continue
      if (this.#tries.size >= MOST_REMEMBERED) this.#tries.clear()
      this.#tries.set(key, tries)
      if (tries <= MOST_TRIES) isWanted = true
      else parts.log.warn({ device: device.slice(0, 8) }, 'a device could not be let into a conversation')
    }
    return isWanted
  }
}
