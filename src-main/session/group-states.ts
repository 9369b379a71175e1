import { SerialQueue, toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import type { GroupRow, Store } from '../store/index.ts'
import type { MlsEngine } from './types.ts'

/**
 * Group states between the engine's memory and the database: per group one change at a time, and the new state goes to
 * disk in the same transaction as what was made with it. After any failure the engine loads the state from disk again.
 */
export class GroupStates {
  readonly #engine: MlsEngine
  readonly #store: Store
  readonly #queues = new Map<string, SerialQueue>()
  /** Groups whose state in the engine may differ from the one on disk. */
  readonly #dirty = new Set<string>()

  constructor(engine: MlsEngine, store: Store) {
    this.#engine = engine
    this.#store = store
  }

  /** Runs tasks of one key (a group, a chat) one after another. */
  async serial<T>(key: string, task: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? new SerialQueue()
    this.#queues.set(key, queue)
    try {
      return await queue.run(task)
    } finally {
      if (queue.length === 0 && this.#queues.get(key) === queue) this.#queues.delete(key)
    }
  }

  /**
   * Changes a group: `call` asks the engine, `commit` runs in the transaction with the row as it is then and answers
   * the row to save. Only within `serial` of the group. Throws `not_found` where the group is not (any more) stored.
   */
  async change<T>(
    groupId: Uint8Array,
    call: () => Promise<T>,
    commit: (made: T, row: GroupRow) => GroupRow,
  ): Promise<void> {
    const key = toHex(groupId)
    await this.#ready(groupId)
    this.#dirty.add(key)
    const made = await this.#loaded(groupId, call)
    this.#store.transaction(() => this.#store.groups.save(commit(made, this.row(groupId))))
    this.#dirty.delete(key)
  }

  /** Asks the engine something that changes nothing. Only within `serial` of the group. */
  async ask<T>(groupId: Uint8Array, call: () => Promise<T>): Promise<T> {
    await this.#ready(groupId)
    return this.#loaded(groupId, call)
  }

  row(groupId: Uint8Array): GroupRow {
    const row = this.#store.groups.get(groupId)
    if (!row) throw new ParleyError('not_found', 'This conversation is not known here.')
    return row
  }

  async drop(groupId: Uint8Array): Promise<void> {
    this.#dirty.delete(toHex(groupId))
    await this.#engine.forget(groupId)
  }

  async #ready(groupId: Uint8Array): Promise<void> {
    const row = this.row(groupId)
    if (!this.#dirty.has(toHex(groupId))) return
    await this.#engine.load(groupId, row.state)
    this.#dirty.delete(toHex(groupId))
  }

  async #loaded<T>(groupId: Uint8Array, call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (thrown) {
      if (!(thrown instanceof ParleyError) || thrown.code !== 'not_found') throw thrown
      // First use, a restarted worker, or too many groups in its memory.
      await this.#engine.load(groupId, this.row(groupId).state)
      return call()
    }
  }
}
