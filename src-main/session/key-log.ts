import { type Clock, equal, type Log, toHex } from '../base/index.ts'
import { ParleyError, toParleyError } from '../contract/index.ts'
import { mlsReason, sha256 } from '../crypto/index.ts'
import type { GroupLogPlace, GroupRow, GroupUpdateRow, Store } from '../store/index.ts'
import {
  GIVE_UP_FAILURES,
  GIVE_UP_MS,
  LOG_TRUST_MS,
  MAX_PASSED_OVER,
  RIVAL_MESSAGES,
  RIVAL_MS,
  UPDATE_AFTER_MESSAGES,
  UPDATE_AFTER_MS,
} from './constants.ts'
import type { GroupStates } from './group-states.ts'
import { type LogPage, LogReader } from './log-reader.ts'
import type { MlsEngine, OrderedLog } from './types.ts'

export interface KeyLogParts {
  engine: MlsEngine
  store: Store
  clock: Clock
  log: Log
  /** The logs of the nodes; undefined while no node is linked. */
  orderedLog?: (() => OrderedLog | undefined) | undefined
  /**
   * The log has, or may have, what this device has not taken: `advance` is wanted. `isTold`: another device says so, which may
   * be untrue. Called at once, must not throw.
   */
  onBehind?: ((groupId: Uint8Array, isTold: boolean) => void) | undefined
  /** New keys of this device are in the group's log: the other devices are to look. Called at once, must not throw. */
  onRenewed?: ((groupId: Uint8Array) => void) | undefined
  /** The group cannot get new keys any more: a new one is wanted. */
  onLost?: ((chat: string) => void) | undefined
}

/** `unchecked`: it is no key update, and changes nothing before the log is seen to be the one that it was. */
type Outcome = 'adopted' | 'followed' | 'passed over' | 'unchecked' | 'other'

/**
 * Key updates of groups of more than two devices, one after another as the group's log has them: the first commit for a
 * number is everybody's. The running state stays in its epoch until the log has decided; what waits for that is on disk.
 */
export class KeyLog {
  readonly #parts: KeyLogParts
  readonly #states: GroupStates
  readonly #reader: LogReader

  constructor(parts: KeyLogParts, states: GroupStates) {
    this.#parts = parts
    this.#states = states
    this.#reader = new LogReader(parts.clock)
  }

  /**
   * Makes new keys where they are due, or goes on with those that wait. Answers whether ours won. Rejects with what the log answers, `offline` without one.
   */
  async renew(row: GroupRow): Promise<boolean> {
    const { store, clock } = this.#parts
    const { groupId } = row
    const waits = store.groups.update(groupId) !== undefined
    if (!row.log || !(waits || (await this.#isDue(row)))) return false
    const newer = await this.#read(groupId, row.log, true)
    if (!newer) return false
    if (newer.entries.length > 0) {
      this.#parts.onBehind?.(groupId, false)
      return false
    }
    // What is in a log that nobody uses is given up: who would go on in it might have missed an entry.
    if (clock.now() - row.updatedAt > LOG_TRUST_MS) return this.#giveUp(groupId, 'not in use for long')
    if (!waits) await this.#prepare(groupId)
    return this.#settle(groupId)
  }

  /** Takes the next key update that the log has, and passes over what is none. False where there is none. */
  async advance(groupId: Uint8Array): Promise<boolean> {
    for (let mustCheck = false; ;) {
      const place = this.#parts.store.groups.get(groupId)?.log
      const page = place && (await this.#read(groupId, place, mustCheck))
      if (!place || !page || page.entries.length === 0) return false
      for (const [at, entry] of page.entries.entries()) {
        const outcome = await this.#apply(groupId, place.next + at, entry, page.isChecked)
        mustCheck ||= outcome === 'unchecked'
        if (outcome === 'unchecked') break
        if (outcome !== 'passed over') return true
      }
    }
  }

  async #isDue(row: GroupRow): Promise<boolean> {
    const { engine, clock } = this.#parts
    const age = clock.now() - row.updatedAt
    const isDue = (rank: number) =>
      row.messagesSinceUpdate >= UPDATE_AFTER_MESSAGES + rank * RIVAL_MESSAGES ||
      age >= UPDATE_AFTER_MS + rank * RIVAL_MS
    if (!isDue(0)) return false
    const { groupId } = row
    const { epoch, place, devices } = await this.#states.serial(toHex(groupId), () =>
      this.#states.ask(groupId, () => engine.standing(groupId)),
    )
    return isDue((((place - epoch) % devices) + devices) % devices)
  }

  #prepare(groupId: Uint8Array): Promise<void> {
    const { engine, store, clock } = this.#parts
    return this.#states.serial(toHex(groupId), async () => {
      // Never two of one epoch: the log may have the first, and both would use one key.
      if (store.groups.update(groupId)) return
      const made = await this.#states.ask(groupId, () => engine.prepareUpdate(groupId))
      store.groups.saveUpdate({ groupId, ...made, createdAt: clock.now(), failures: 0 })
    })
  }

  /** The same commit for one number after another, until one has a commit of this epoch: ours or another's. */
  async #settle(groupId: Uint8Array): Promise<boolean> {
    const { groups } = this.#parts.store
    for (let passed = 0; passed <= MAX_PASSED_OVER; passed++) {
      const place = groups.get(groupId)?.log
      const ours = groups.update(groupId)
      if (!place || !ours) return false
      const answer = await this.#asked(groupId, (log) => log.appendLog(place.id, place.next, ours.entry))
      const winner = answer.won ? ours.entry : answer.entry
      const outcome = await this.#apply(groupId, place.next, winner, true)
      if (outcome !== 'passed over') return outcome === 'adopted'
    }
    return false
  }

  /** See `LogReader`; undefined where the log is lost, and the group was given up. */
  async #read(groupId: Uint8Array, place: GroupLogPlace, mustCheck: boolean): Promise<LogPage | undefined> {
    const ask = (from: number, limit: number) => this.#asked(groupId, (log) => log.readLog(place.id, from, limit))
    const page = await this.#reader.read(toHex(groupId), place, mustCheck, ask)
    if (!page) this.#giveUp(groupId, 'the log was lost')
    return page
  }

  async #asked<T>(groupId: Uint8Array, ask: (log: OrderedLog) => Promise<T>): Promise<T> {
    const log = this.#parts.orderedLog?.()
    if (!log) throw new ParleyError('offline', 'Parley has no connection yet.')
    try {
      return await ask(log)
    } catch (thrown) {
      const update = this.#parts.store.groups.update(groupId)
      if (update) this.#countFailure(update, toParleyError(thrown).code)
      throw thrown
    }
  }

  #countFailure(update: GroupUpdateRow, code: string): void {
    const { store, clock } = this.#parts
    const failures = update.failures + 1
    store.groups.saveUpdate({ ...update, failures })
    const isOld = clock.now() - update.createdAt >= GIVE_UP_MS
    if (failures >= GIVE_UP_FAILURES && isOld) this.#giveUp(update.groupId, code)
  }

  /**
   * Takes what the log has for a number, in one transaction with the number. What goes wrong here changes nothing and comes
   * again, unless the entry says so itself: then it is passed over, by every member alike, where the log `isChecked`. What
   * counts needs no check: only who is in this epoch can make it.
   */
  #apply(groupId: Uint8Array, number: number, entry: Uint8Array, isChecked: boolean): Promise<Outcome> {
    const { engine, store, clock } = this.#parts
    return this.#states.serial(toHex(groupId), async () => {
      const place = store.groups.get(groupId)?.log
      if (place?.next !== number) return 'other'
      const ours = store.groups.update(groupId)
      const isOurs = ours !== undefined && equal(ours.entry, entry)
      const call = () => (isOurs ? engine.adoptUpdate(groupId, ours.next) : engine.followUpdate(groupId, entry))
      const log = { ...place, next: number + 1, last: sha256(entry) }
      let outcome = (isChecked ? 'passed over' : 'unchecked') as Outcome
      try {
        await this.#states.change(groupId, call, (made, row) => {
          if (!made) return isChecked ? { ...row, log } : row
          outcome = isOurs ? 'adopted' : 'followed'
          store.groups.removeUpdate(groupId)
          return { ...row, state: made.state, log, messagesSinceUpdate: 0, updatedAt: clock.now() }
        })
      } catch (thrown) {
        if (mlsReason(thrown) !== 'state_lost') throw thrown
        this.#giveUp(groupId, 'its keys cannot be followed')
        return 'other'
      }
      if (outcome === 'unchecked') return outcome
      this.#reader.checked(toHex(groupId))
      if (outcome === 'passed over') this.#parts.log.warn({ number }, 'what stands in a log of keys was passed over')
      else this.#parts.log.info({ number, outcome }, 'a conversation has new keys')
      if (outcome === 'adopted') this.#parts.onRenewed?.(groupId)
      return outcome
    })
  }

  /** The group stays, to read what is on its way, and gets no new keys any more. */
  #giveUp(groupId: Uint8Array, why: string): false {
    const { store, log, onLost } = this.#parts
    const row = store.groups.get(groupId)
    if (!row?.log) return false
    log.warn({ why }, 'a conversation goes on in a new group')
    store.transaction(() => {
      store.groups.removeUpdate(groupId)
      store.groups.save({ ...row, log: undefined })
    })
    if (row.active) onLost?.(row.chat)
    return false
  }
}
