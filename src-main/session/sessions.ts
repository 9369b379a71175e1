import { type Random, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { MlsError, mlsReason } from '../crypto/index.ts'
import type { GroupLogPlace, GroupRow } from '../store/index.ts'
import type { DeviceCertificate } from '../wire/index.ts'
import {
  MAX_GENERATION,
  MAX_GROUPS_PER_CHAT,
  MAX_KNOWN_MEMBERS,
  UPDATE_AFTER_MESSAGES,
  UPDATE_AFTER_MS,
} from './constants.ts'
import { GroupStates } from './group-states.ts'
import { KeyLog, type KeyLogParts } from './key-log.ts'
import { makeKeyPackages } from './key-stock.ts'
import { personOf, replaces, requireOnly } from './people.ts'
import type { Incoming, JoinedGroup, JoinedSession, KeyPackages, MadeGroup, Sessions } from './types.ts'

export interface SessionParts extends KeyLogParts {
  /** Our own address. */
  identity: { address: string }
  random: Random
}

export function createSessions(parts: SessionParts): Sessions {
  return new ChatSessions(parts)
}

class ChatSessions implements Sessions {
  readonly #parts: SessionParts
  readonly #states: GroupStates
  readonly #keyLog: KeyLog
  readonly #knownMembers = new Map<string, DeviceCertificate[]>()

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#states = new GroupStates(parts.engine, parts.store)
    this.#keyLog = new KeyLog(parts, this.#states)
  }

  hasGroup(chat: string): boolean {
    return this.#parts.store.groups.active(chat) !== undefined
  }

  async devices(chat: string): Promise<string[]> {
    const { groupId } = this.#active(chat)
    const members = await this.#members(groupId)
    return members.filter((member) => member.addressText !== this.#own).map((member) => member.deviceId)
  }

  members(groupId: Uint8Array): Promise<DeviceCertificate[]> {
    return this.#members(groupId)
  }

  ensureKeyPackages(target: number, remaining = 0): Promise<KeyPackages> {
    return this.#states.serial('key packages', () => makeKeyPackages(this.#parts, target, remaining))
  }

  create(chat: string, keyPackages: Uint8Array[], persist?: (made: MadeGroup) => void): Promise<MadeGroup> {
    const { engine, store, random } = this.#parts
    return this.#states.serial(`chat ${chat}`, async () => {
      const groupId = random.bytes(32)
      const { state, welcome, logId } = await engine.createGroup(groupId, keyPackages)
      const before = store.groups.list(chat).map((row) => row.generation)
      const generation = before.length === 0 ? 0 : Math.min(MAX_GENERATION, Math.max(...before) + 1)
      const made = { groupId, welcome, generation }
      try {
        await engine.load(groupId, state)
        const members = await engine.members(groupId)
        requireOnly(members, this.#own, personOf(chat))
        store.transaction(() => {
          this.#add(
            { ...this.#newRow(groupId, chat, this.#own, state), generation, log: placeOf(logId, members) },
            true,
          )
          persist?.(made)
        })
      } catch (thrown) {
        await this.#states.drop(groupId)
        throw thrown
      }
      return made
    })
  }

  joinByWelcome(
    welcome: Uint8Array,
    chat: string,
    persist?: (joined: JoinedSession) => void,
    generation?: number,
  ): Promise<JoinedSession> {
    const { engine, store } = this.#parts
    if (generation !== undefined && generation > MAX_GENERATION)
      return Promise.reject(new ParleyError('invalid_params', 'The invitation cannot be used.'))
    return this.#states.serial(`chat ${chat}`, async () => {
      const candidates = store.keyPackages.find(await engine.welcomeRefs(welcome))
      const joined = await engine.join(welcome, candidates)
      requireOnly(joined.members, this.#own, personOf(chat))
      const activeChanged = await this.#isReplaced(joined, chat, generation)
      const result = { groupId: joined.groupId, members: joined.members, activeChanged }
      store.transaction(() => {
        // A last-resort package can be used again, so the same invitation could come twice: never go back to its state.
        if (store.groups.get(joined.groupId)) throw new MlsError('replay')
        const row = this.#newRow(joined.groupId, chat, joined.creator.addressText, joined.state)
        const place = { generation: generation ?? 0, log: placeOf(joined.logId, joined.members) }
        this.#add({ ...row, ...place }, activeChanged)
        const used = candidates.find((candidate) => candidate.id === joined.usedPackage)
        if (used && !used.lastResort) store.keyPackages.remove(used.id)
        persist?.(result)
      })
      return result
    })
  }

  encrypt(
    chat: string,
    plaintext: Uint8Array,
    persist: (message: Uint8Array, groupId: Uint8Array) => void,
  ): Promise<void> {
    return this.encryptMany(chat, [plaintext], ([message], groupId) => {
      if (message) persist(message, groupId)
    })
  }

  async encryptMany(
    chat: string,
    plaintexts: Uint8Array[],
    persist: (messages: Uint8Array[], groupId: Uint8Array) => void,
  ): Promise<void> {
    if (plaintexts.length === 0) return
    await this.#inActive(chat, async (groupId) => {
      const call = () => this.#encryptAll(groupId, plaintexts)
      await this.#states.change(groupId, call, ({ messages, state }, row) => {
        persist(messages, groupId)
        return { ...row, state, messagesSinceUpdate: row.messagesSinceUpdate + messages.length }
      })
    })
  }

  async receive(
    groupId: Uint8Array,
    message: Uint8Array,
    persist: (incoming: Incoming) => void,
  ): Promise<'read' | 'later'> {
    const { engine, store, onBehind } = this.#parts
    const hasLog = () => store.groups.get(groupId)?.log !== undefined
    if (message.length === 0) {
      store.transaction(() => persist({ kind: 'hint' }))
      if (hasLog()) onBehind?.(groupId, true)
      return 'read'
    }
    const call = () => engine.receive(groupId, message)
    try {
      await this.#states.serial(toHex(groupId), () =>
        this.#states.change(groupId, call, ({ state, ...incoming }, row) => {
          persist(incoming)
          if (incoming.kind === 'commit') this.#knownMembers.delete(toHex(groupId))
          if (incoming.kind === 'application')
            return { ...row, state, messagesSinceUpdate: row.messagesSinceUpdate + 1 }
          return { ...row, state, active: row.active && !incoming.removedSelf }
        }),
      )
      return 'read'
    } catch (thrown) {
      if (mlsReason(thrown) !== 'ahead') throw thrown
      if (hasLog()) onBehind?.(groupId, true)
      return 'later'
    }
  }

  async maintenance(chat: string, persist: (commit: Uint8Array, groupId: Uint8Array) => void): Promise<boolean> {
    const { engine, clock, store, onLost } = this.#parts
    const active = store.groups.active(chat)
    if (active?.log) return this.#keyLog.renew(active)
    if (!active || !isUpdateDue(active, clock.now())) return false
    // Without a log, more than two devices cannot agree on new keys.
    if ((await this.#members(active.groupId)).length > 2) {
      onLost?.(chat)
      return false
    }
    let updated = false
    await this.#inActive(chat, (groupId) =>
      this.#states.change(
        groupId,
        () => engine.update(groupId),
        (made, row) => {
          if (!made) return row
          persist(made.commit, groupId)
          updated = true
          return { ...row, state: made.state, messagesSinceUpdate: 0, updatedAt: clock.now() }
        },
      ),
    )
    return updated
  }

  advance(groupId: Uint8Array): Promise<boolean> {
    return this.#keyLog.advance(groupId)
  }

  abandon(groupId: Uint8Array): Promise<void> {
    return this.#states.serial(toHex(groupId), async () => {
      this.#parts.store.transaction(() => this.#parts.store.groups.remove(groupId))
      await this.#states.drop(groupId)
    })
  }

  get #own(): string {
    return this.#parts.identity.address
  }

  #active(chat: string): GroupRow {
    const row = this.#parts.store.groups.active(chat)
    if (!row) throw new ParleyError('not_found', 'There is no encrypted conversation with this contact yet.')
    return row
  }

  /** Only a commit changes them, so the worker is asked once for each epoch and not for each message. */
  async #members(groupId: Uint8Array): Promise<DeviceCertificate[]> {
    const key = toHex(groupId)
    const known = this.#knownMembers.get(key)
    if (known) return known
    const ask = () => this.#parts.engine.members(groupId)
    return this.#states.serial(key, async () => {
      const members = await this.#states.ask(groupId, ask)
      if (this.#knownMembers.size >= MAX_KNOWN_MEMBERS) this.#knownMembers.clear()
      this.#knownMembers.set(key, members)
      return members
    })
  }

  /** Runs in the chat's active group; when that changed while waiting its turn, in the new one. */
  async #inActive(chat: string, work: (groupId: Uint8Array) => Promise<void>): Promise<void> {
    for (let done = false; !done;) {
      const { groupId } = this.#active(chat)
      done = await this.#states.serial(toHex(groupId), async () => {
        if (toHex(this.#active(chat).groupId) !== toHex(groupId)) return false
        await work(groupId)
        return true
      })
    }
  }

  async #encryptAll(
    groupId: Uint8Array,
    plaintexts: Uint8Array[],
  ): Promise<{ messages: Uint8Array[]; state: Uint8Array }> {
    const messages: Uint8Array[] = []
    let state = new Uint8Array()
    for (const plaintext of plaintexts) {
      const made = await this.#parts.engine.encrypt(groupId, plaintext)
      messages.push(made.message)
      state = new Uint8Array(made.state)
    }
    return { messages, state }
  }

  async #isReplaced(joined: JoinedGroup, chat: string, generation: number | undefined): Promise<boolean> {
    const active = this.#parts.store.groups.active(chat)
    if (!active) return true
    const creator = { creator: joined.creator.addressText, creatorDevice: joined.creator.deviceId }
    const rival = { ...creator, groupId: toHex(joined.groupId), generation }
    try {
      const devices = (await this.#members(active.groupId)).map((member) => member.deviceId)
      return replaces(rival, { ...active, groupId: toHex(active.groupId), devices })
    } catch (thrown) {
      if (mlsReason(thrown) !== 'state_lost') throw thrown
      return true
    }
  }

  #newRow(groupId: Uint8Array, chat: string, creator: string, state: Uint8Array): GroupRow {
    const now = this.#parts.clock.now()
    const times = { createdAt: now, messagesSinceUpdate: 0, updatedAt: now }
    return { groupId, chat, creator, generation: 0, state, active: false, ...times, log: undefined }
  }

  /** Within a transaction. */
  #add(row: GroupRow, active: boolean): void {
    const { groups } = this.#parts.store
    groups.save(row)
    if (active) groups.setActive(row.chat, row.groupId)
    const idle = groups.list(row.chat).filter((group) => !group.active && toHex(group.groupId) !== toHex(row.groupId))
    const oldest = idle.sort((a, b) => b.createdAt - a.createdAt).slice(MAX_GROUPS_PER_CHAT - 1)
    for (const group of oldest) groups.remove(group.groupId)
  }
}

/** Two devices take turns and need no log. */
function placeOf(id: Uint8Array | undefined, members: readonly unknown[]): GroupLogPlace | undefined {
  return id && members.length > 2 ? { id, next: 0, last: undefined } : undefined
}

function isUpdateDue(row: GroupRow, now: number): boolean {
  return row.messagesSinceUpdate >= UPDATE_AFTER_MESSAGES || now - row.updatedAt >= UPDATE_AFTER_MS
}
