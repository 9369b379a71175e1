import { Lately, sleep } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'
import { mlsReason } from '../crypto/index.ts'
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

/** One look at every conversation: this user's other devices, those whose key packages were asked for, and those that have one. */
interface Round {
  others: readonly string[]
  asked: Set<string>
  ready: Set<string>
  /** For the own devices whose turn is before. */
  hasWaited: boolean
}

/** Lets the user's other devices into the conversations that lack them, and asks them for the same. */
export class OwnDevices {
  readonly #account: AccountContext
  /** New groups that were made for want of a device, by contact and device. */
  readonly #tries = new Map<string, number>()
  readonly #asked: Lately
  #running = true
  #looking = false
  #again = false
  #cancel: (() => void) | undefined

  constructor(account: AccountContext) {
    this.#account = account
    this.#asked = new Lately(account.parts.clock, ASKED_EVERY_MS)
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
    void this.#lookUntilDone()
  }

  /** Another device of this user may be in none, and is there now. */
  asked(device: string): void {
    if (this.#asked.has(device)) return
    this.#asked.note(device)
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
    // In the same turn as the last look at `again`: whoever asks from now on begins anew.
    this.#looking = false
  }

  async #lookAtEach(): Promise<void> {
    const { store, parts } = this.#account
    const round: Round = { others: await this.#others(), asked: new Set(), ready: new Set(), hasWaited: false }
    for (const { address, state } of store.contacts.list()) {
      if (!this.#running) return
      if (state !== 'accepted') continue
      try {
        await this.#lookAt(address, round)
      } catch (thrown) {
        const { code } = toParleyError(thrown)
        if (this.#running) parts.log.warn({ code }, 'a conversation was not looked at for devices that it lacks')
      }
    }
  }

  async #lookAt(address: string, round: Round): Promise<void> {
    const { store, parts, requests, identity } = this.#account
    if (!store.groups.active(address)) this.#askFor(address)
    const wanted = await this.#wanted(address, round.others)
    if (wanted.length === 0) return
    await this.#askKeyPackages(wanted, round)
    if (!wanted.some((device) => round.ready.has(device))) return
    if (!round.hasWaited) await sleep(parts.clock, (await this.#rank(address)) * TURN_MS)
    round.hasWaited = true
    const lacking = (await this.#wanted(address, round.others)).filter((device) => round.ready.has(device))
    if (!this.#running || lacking.length === 0) return
    for (const device of lacking) this.#countTry(address, device)
    parts.log.info({ devices: lacking.length, by: identity.deviceId.slice(0, 8) }, 'own devices are let in')
    requests.renewGroup(address)
    await sleep(parts.clock, BETWEEN_MS)
  }

  /** This device has the contact, and no conversation. */
  #askFor(address: string): void {
    const { store, requests, identity } = this.#account
    const isUnderWay = store.outbox.forAddress(address).some(({ kind }) => kind !== 'event')
    if (isUnderWay || !this.#mayTry(address, identity.deviceId)) return
    this.#countTry(address, identity.deviceId)
    requests.askResync(address)
  }

  async #others(): Promise<string[]> {
    const { overlay, identity } = this.#account
    if (!overlay || overlay.nodes().length === 0) return []
    const known = await overlay.ownDevices()
    return known.map(({ deviceId }) => deviceId).filter((device) => device !== identity.deviceId)
  }

  /** Those of them that are not in the contact's group now, and for which a new one may be made. */
  async #wanted(address: string, devices: readonly string[]): Promise<string[]> {
    if (devices.length === 0) return []
    const members = (await this.#members(address)).map(({ deviceId }) => deviceId)
    if (members.length === 0 || this.#isBeingMade(address)) return []
    return devices.filter((device) => !members.includes(device) && this.#mayTry(address, device))
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

  /** None where the keys of the group cannot be read: what comes in it has a new one made. */
  async #members(address: string): Promise<DeviceCertificate[]> {
    const group = this.#account.store.groups.active(address)
    try {
      return group ? await this.#account.sessions.members(group.groupId) : []
    } catch (thrown) {
      if (mlsReason(thrown) !== 'state_lost') throw thrown
      return []
    }
  }

  /**
   * A group is not made anew for a device that has published nothing to let it in with. Each is asked once in a round: what is
   * taken is gone from its stock.
   */
  async #askKeyPackages(devices: readonly string[], round: Round): Promise<void> {
    const unasked = devices.filter((device) => !round.asked.has(device))
    for (const device of unasked) round.asked.add(device)
    if (unasked.length === 0) return
    const published = await contactNetwork(this.#account).ownKeyPackages(unasked)
    for (const { device } of published) round.ready.add(device.deviceId)
  }

  #isBeingMade(address: string): boolean {
    const waiting = this.#account.store.outbox.forAddress(address)
    return waiting.some(({ kind }) => kind === 'welcome' || kind === 'accept')
  }

  /** False for a device that was given up, which is logged once. */
  #mayTry(address: string, device: string): boolean {
    const tries = this.#tries.get(`${address} ${device}`) ?? 0
    if (tries === MOST_TRIES) {
      this.#countTry(address, device)
      this.#account.parts.log.warn({ device: device.slice(0, 8) }, 'a device could not be let into a conversation')
    }
    return tries < MOST_TRIES
  }

  #countTry(address: string, device: string): void {
    const key = `${address} ${device}`
    const tries = (this.#tries.get(key) ?? 0) + 1
    if (this.#tries.size >= MOST_REMEMBERED) this.#tries.clear()
    this.#tries.set(key, tries)
  }
}
