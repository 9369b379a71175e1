import type { Clock, Log } from '../base/index.ts'
import { toParleyError } from '../contract/index.ts'
import type { Chats } from '../features/chat/index.ts'
import type { Store } from '../store/index.ts'

/** New keys are due daily (PROTOCOL section 8): looked at often enough that a day is never missed by much. */
const EVERY_MS = 3600_000

/** Asks for new keys of conversations after messages and after time; whether they are due the sessions decide. */
export class KeyUpdates {
  readonly #chats: Chats
  readonly #parts: { store: Store; clock: Clock; log: Log }
  readonly #busy = new Set<string>()
  #cancel: (() => void) | undefined

  constructor(chats: Chats, parts: { store: Store; clock: Clock; log: Log }) {
    this.#chats = chats
    this.#parts = parts
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(EVERY_MS, () => {
      for (const row of this.#parts.store.contacts.list()) if (row.state === 'accepted') this.look(row.address)
      this.start()
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  look(chat: string): void {
    if (this.#cancel === undefined || this.#busy.has(chat)) return
    this.#busy.add(chat)
    void this.#chats
      .refreshKeys(chat)
      .catch((thrown: unknown) => {
        if (this.#cancel) this.#parts.log.warn({ code: toParleyError(thrown).code }, 'new keys could not be made')
      })
      .finally(() => this.#busy.delete(chat))
  }
}
