import { equal, Lately } from '../../base/index.ts'
import { toParleyError } from '../../contract/index.ts'
import { makeEnvelope } from '../../post/index.ts'
import { pairChat } from '../../session/index.ts'
import { RENEW_EVERY_MS } from './constants.ts'
import { blankRow } from './outbox-row.ts'
import type { RoomsParts } from './types.ts'

interface Other {
  address: string
  device: string
  keyPackage: Uint8Array
}

/**
 * The MLS group of this device with each other device that it meets in rooms. The lower device id makes it, so there are never
 * two; both tell at each meeting which one they have, so whatever was lost in between is made again.
 */
export class Pairs {
  readonly #parts: RoomsParts
  readonly #making = new Set<string>()
  readonly #renewed: Lately

  constructor(parts: RoomsParts) {
    this.#parts = parts
    this.#renewed = new Lately(parts.clock, RENEW_EVERY_MS)
  }

  /** The id of the group that new messages go to. */
  current(address: string, device: string): Uint8Array | undefined {
    return this.#parts.store.groups.active(pairChat(address, device))?.groupId
  }

  /** Both are connected; `theirs` is the group that the other has. Makes one where it is ours to make. */
  async meet(
    other: Other,
    theirs: Uint8Array | undefined,
    tell: (welcome: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const { self } = this.#parts
    const mine = this.current(other.address, other.device)
    const same = mine !== undefined && theirs !== undefined && equal(mine, theirs)
    if (same) return this.#goOn(other.device)
    if (self.device > other.device || this.#making.has(other.device)) return
    await this.#make(other, tell)
  }

  /** Where this device makes the groups of the pair: a new one, because the other or this one cannot read. */
  async renew(other: Other, tell: (welcome: Uint8Array) => Promise<void>): Promise<void> {
    if (this.#renewed.has(other.device) || this.#making.has(other.device)) return
    this.#renewed.note(other.device)
    await this.#make(other, tell)
  }

  /** The other has made a group. */
  async join(address: string, device: string, welcome: Uint8Array): Promise<void> {
    await this.#parts.sessions.joinByWelcome(welcome, pairChat(address, device))
    this.#goOn(device)
    this.#parts.retryWaiting()
  }

  /** New keys where they are due; the commit goes to the other like a message. */
  async refreshKeys(room: string, address: string, device: string): Promise<void> {
    const { sessions, store, delivery } = this.#parts
    const made = await sessions.maintenance(pairChat(address, device), (message, groupId) => {
      const envelope = this.wrap(message, groupId)
      store.outbox.add({ ...blankRow(this.#parts, room, device), envelope, groupId })
    })
    if (made) delivery.wake()
  }

  wrap(message: Uint8Array, groupId: Uint8Array): Uint8Array {
    const { self, clock, random } = this.#parts
    return makeEnvelope(self.device, { Group: { groupId, message } }, clock.now(), random)
  }

  async #make(other: Other, tell: (welcome: Uint8Array) => Promise<void>): Promise<void> {
    this.#making.add(other.device)
    try {
      const { welcome } = await this.#parts.sessions.create(pairChat(other.address, other.device), [other.keyPackage])
      await tell(welcome)
      this.#goOn(other.device)
    } catch (thrown) {
      // The next meeting shows that the other does not have it.
      this.#parts.log.debug({ code: toParleyError(thrown).code }, 'a group for two members could not be made')
    } finally {
      this.#making.delete(other.device)
    }
  }

  /** What was encrypted in an older group and not confirmed goes again, in the one that both have; the rest goes now. */
  #goOn(device: string): void {
    const { store, delivery, clock } = this.#parts
    store.transaction(() => {
      for (const room of store.rooms.list()) {
        const member = store.rooms.members(room.id).find((row) => row.device === device)
        const group = member && this.current(member.address, device)
        if (!group) continue
        for (const row of store.outbox.forAddress(room.id)) {
          if (row.device !== device) continue
          const old = row.event !== undefined && row.groupId !== undefined && !equal(row.groupId, group)
          if (old) store.outbox.update(row.id, { envelope: new Uint8Array(), state: 'sending', attempts: 0 })
          if (old || row.state === 'sending') store.outbox.update(row.id, { nextAttemptAt: clock.now() })
        }
      }
    })
    delivery.wake()
  }
}
