import type { ClientState } from 'ts-mls'
import { toHex } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { MAX_CACHED_GROUPS } from './mls-constants.ts'

/** Group states in memory, least recently used first; the database has them all. */
export class MlsCache {
  readonly #states = new Map<string, ClientState>()

  /** Throws `not_found`: the caller loads the state and asks again. */
  get(groupId: Uint8Array): ClientState {
    const key = toHex(groupId)
    const state = this.#states.get(key)
    if (!state) throw new ParleyError('not_found', 'The conversation is not loaded.')
    this.#states.delete(key)
    this.#states.set(key, state)
    return state
  }

  set(groupId: Uint8Array, state: ClientState): void {
    const key = toHex(groupId)
    this.#states.delete(key)
    this.#states.set(key, state)
    const [oldest] = this.#states.keys()
    if (this.#states.size > MAX_CACHED_GROUPS && oldest !== undefined) this.#states.delete(oldest)
  }

  delete(groupId: Uint8Array): void {
    this.#states.delete(toHex(groupId))
  }
}
