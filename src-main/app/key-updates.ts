import { backoff, Lately, sleep, toHex } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'
import { makeEnvelope, SIGNAL_TTL_MS } from '../post/index.ts'
import type { SessionParts } from '../session/index.ts'
import type { AccountContext } from './account-types.ts'
import { HintPace } from './hint-pace.ts'
import { KeyFollower } from './key-follower.ts'

/** New keys are due daily (PROTOCOL section 8): looked at often enough that a day is never missed by much. */
const EVERY_MS = 3600_000
/** Keys that could not be made now. */
const RETRY_FIRST_MS = 5000
/** How long what is written waits for the log of keys, where nodes are there, and after each step: a living log answers at once. */
const HOLD_MS = 5000
/** Keys so new need no look: the others keep those of four updates, and make no more than that in this time. */
const FRESH_MS = 3600_000
/** A conversation that can get no new keys is begun anew at most so often. */
const ANEW_EVERY_MS = 3600_000
/** Conversations are looked at one after another, and one whose log is slow does not hold up the next. */
const PATIENCE_MS = 2000
const MOST_REMEMBERED = 1000

/** Asks for new keys of conversations after messages and after time; whether they are due the sessions decide. */
export class KeyUpdates {
  readonly #account: AccountContext
  readonly #follower: KeyFollower
  readonly #hints: HintPace
  readonly #busy = new Set<string>()
  /** Chats whose last look failed, and how the next one is cancelled. */
  readonly #retries = new Map<string, () => void>()
  readonly #begunAnew: Lately
  /** Groups (hex) whose log was looked at since nodes are there. */
  readonly #looked = new Set<string>()
  /** Since when what is written waits for that, by group (hex). */
  readonly #heldSince = new Map<string, number>()
  #isLinked = false
  #running = false
  #looking: Promise<void> | undefined
  #cancel = () => {}

  constructor(account: AccountContext) {
    this.#account = account
    const { clock, random, log } = account.parts
    this.#begunAnew = new Lately(clock, ANEW_EVERY_MS)
    this.#hints = new HintPace(clock)
    this.#follower = new KeyFollower({
      advance: (groupId) => account.sessions.advance(groupId),
      onStep: () => account.inbox?.retryWaiting(),
      lastReadAt: () => account.inbox?.lastReadAt ?? -Infinity,
      ...{ clock, random, log },
    })
  }

  /** What the sessions need for groups of more than two devices. */
  sessionParts(): Pick<SessionParts, 'orderedLog' | 'onBehind' | 'onRenewed' | 'onLost'> {
    return {
      orderedLog: () => ((this.#account.overlay?.nodes().length ?? 0) > 0 ? this.#account.overlay : undefined),
      onBehind: (groupId, isTold) => {
        const chat = isTold ? this.#account.store.groups.get(groupId)?.chat : undefined
        if (chat === undefined) void this.#follow(groupId)
        else this.#hints.run(chat, toHex(groupId), () => void this.#follow(groupId))
      },
      onRenewed: (groupId) => void this.#tell(groupId),
      // Not inside what the sessions are doing.
      onLost: (chat) => queueMicrotask(() => void this.beginAnew(chat)),
    }
  }

  start(): void {
    this.#running = true
    this.#cancel = this.#account.parts.clock.after(EVERY_MS, () => {
      this.#lookAll()
      this.start()
    })
  }

  stop(): void {
    this.#running = false
    this.#cancel()
    this.#follower.stop()
    this.#hints.stop()
    this.#forgetRetries()
  }

  /** So many nodes are linked now. With the first, also what was begun before the last stop goes on. */
  links(connected: number): void {
    const isLinked = connected > 0
    if (isLinked === this.#isLinked) return
    this.#isLinked = isLinked
    this.#looked.clear()
    this.#heldSince.clear()
    if (!isLinked) return
    this.#forgetRetries()
    this.#lookAll()
  }

  look(chat: string): void {
    if (!this.#retries.has(chat)) void this.#refresh(chat)
  }

  /** Messages of this group (hex) that are ahead will be readable soon. */
  isFollowing(group: string): boolean {
    return this.#follower.isFollowing(group) || this.#hints.isPutOff(group)
  }

  /**
   * The others may be several epochs ahead of this device, which was away and has not looked yet: in its old keys they could
   * not read it. Not where a direct path is all there is.
   */
  holds(chat: string): boolean {
    const { store, devices, peers, identity, parts } = this.#account
    const group = store.groups.active(chat)
    if (!group?.log) return false
    const key = toHex(group.groupId)
    const now = parts.clock.steady()
    // An invitation may have waited for this device while the others went on; a group of its own making is new indeed.
    const isFresh =
      (group.log.next > 0 || group.creator === identity.address) && parts.clock.now() - group.updatedAt < FRESH_MS
    if (this.#looked.has(key) || (isFresh && !this.#follower.isFollowing(key))) return false
    if (!this.#isLinked) return !devices.idsOf(chat).some((device) => peers.isOpen(device))
    void this.#follow(group.groupId)
    if (this.#heldSince.size >= MOST_REMEMBERED) this.#heldSince.clear()
    const since = this.#heldSince.get(key) ?? now
    this.#heldSince.set(key, since)
    return now - Math.max(since, this.#follower.steppedAt(key)) < HOLD_MS
  }

  async #follow(groupId: Uint8Array): Promise<void> {
    await this.#follower.follow(groupId)
    if (!this.#running || this.#looked.has(toHex(groupId))) return
    if (this.#looked.size >= MOST_REMEMBERED) this.#looked.clear()
    this.#looked.add(toHex(groupId))
    const chat = this.#account.store.groups.get(groupId)?.chat
    if (chat !== undefined) this.#account.delivery.hasten(chat)
  }

  /** Those who are there look at the log at once; the others do when they come. */
  async #tell(groupId: Uint8Array): Promise<void> {
    const { sessions, overlay, identity, parts } = this.#account
    const { clock, random, log } = parts
    try {
      const members = await sessions.members(groupId)
      const others = members.filter(({ deviceId }) => deviceId !== identity.deviceId)
      for (const { addressText: address, deviceId: device } of others) {
        const body = { Group: { groupId, message: new Uint8Array() } }
        const hint = makeEnvelope(identity.deviceId, body, clock.now(), random)
        overlay?.send({ address, device }, hint, 'signal', SIGNAL_TTL_MS).catch((thrown: unknown) => {
          log.debug({ code: toParleyError(thrown).code }, 'a device was not told of new keys')
        })
      }
    } catch (thrown) {
      log.warn({ code: toParleyError(thrown).code }, 'new keys were not told')
    }
  }

  #lookAll(): void {
    this.#account.ownDevices.look()
    this.#looking ??= this.#lookAtEach().finally(() => (this.#looking = undefined))
  }

  async #lookAtEach(): Promise<void> {
    const { contacts, groups } = this.#account.store
    for (const { address, state } of contacts.list()) {
      if (!this.#running) return
      if (state !== 'accepted') continue
      const group = groups.active(address)
      const looked = group?.log
        ? this.#follow(group.groupId).then(() => this.#refresh(address))
        : this.#refresh(address)
      await Promise.race([looked, sleep(this.#account.parts.clock, PATIENCE_MS)])
    }
  }

  async #refresh(chat: string, failures = 0): Promise<void> {
    if (!this.#running || this.#busy.has(chat)) return
    this.#busy.add(chat)
    try {
      await this.#account.chats.refreshKeys(chat)
    } catch (thrown) {
      if (this.#running) this.#retryLater(chat, failures, toParleyError(thrown).code)
    } finally {
      this.#busy.delete(chat)
    }
  }

  #retryLater(chat: string, failures: number, code: string): void {
    const { clock, random, log } = this.#account.parts
    log.warn({ code }, 'new keys could not be made')
    const cancel = clock.after(backoff(failures, RETRY_FIRST_MS, EVERY_MS, random), () => {
      this.#retries.delete(chat)
      void this.#refresh(chat, failures + 1)
    })
    this.#retries.get(chat)?.()
    this.#retries.set(chat, cancel)
  }

  #forgetRetries(): void {
    for (const cancel of this.#retries.values()) cancel()
    this.#retries.clear()
  }

  /**
   * A new group, because this one cannot go on. Whose device made it is alone in it on its side: it can make the next with all
   * the others, and is asked to by them. False where that was done less than an hour ago, or cannot be now.
   */
  beginAnew(chat: string): boolean {
    const { store, requests, identity, parts } = this.#account
    if (!this.#running || this.#begunAnew.has(chat)) return false
    const group = store.groups.active(chat)
    if (!group || store.contacts.get(chat)?.state !== 'accepted') return false
    try {
      if (group.creator === identity.address) requests.renewGroup(chat)
      else requests.askResync(chat)
    } catch (thrown) {
      // Asked again when the keys are looked at next.
      parts.log.warn({ code: toParleyError(thrown).code }, 'a conversation could not be begun anew')
      return false
    }
    this.#begunAnew.note(chat)
    return true
  }
}
