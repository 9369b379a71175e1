import { type Clock, fromHex, type Log, type Random, SerialQueue, toHex } from '../../base/index.ts'
import { ParleyError, toParleyError } from '../../contract/index.ts'
import type { EventArrival } from '../../post/index.ts'
import type { Store } from '../../store/index.ts'
import { type ConversationEventInput, parseAddress } from '../../wire/index.ts'
import type { Chats } from './chat.ts'
import { nextClock } from './hybrid-clock.ts'

/** Receipts of one burst go out together: one encryption and one commit instead of one for each message. */
const GATHER_MS = 25
/** Ids in one receipt: 500 x 16 bytes stays far below an event's limit. */
const MOST_IDS = 500

export interface ReceiptsParts {
  store: Store
  chats: Chats
  clock: Clock
  random: Random
  log: Log
}

/** Tells the other what has arrived and what was read, and takes the same in. */
export class Receipts {
  readonly #parts: ReceiptsParts
  readonly #gathered = new Map<string, Set<string>>()
  readonly #queue = new SerialQueue()
  #cancel: (() => void) | undefined
  #running = true

  constructor(parts: ReceiptsParts) {
    this.#parts = parts
  }

  /** What was gathered is written down first, so that the other hears of it as soon as it can. */
  async stop(): Promise<void> {
    this.#flush()
    await this.#queue.run(() => {})
    this.#running = false
    this.#cancel?.()
    this.#gathered.clear()
  }

  /** The other offered something again, so it may lack our receipts: the newest are told once more. */
  repeat(chat: string): void {
    for (const row of this.#parts.store.messages.page(chat, MOST_IDS)) if (!row.outgoing) this.arrived(chat, row.id)
  }

  /** A message of the other is on disk here: its delivery is told soon. */
  arrived(chat: string, messageId: string): void {
    const ids = this.#gathered.get(chat) ?? new Set()
    if (!this.#running) return
    this.#gathered.set(chat, ids.add(messageId))
    if (ids.size >= MOST_IDS) return this.#flush()
    this.#cancel ??= this.#parts.clock.after(GATHER_MS, () => this.#flush())
  }

  /** Marks as read up to a message, and tells the other where that is news. */
  async markRead(input: string, messageId: string): Promise<void> {
    const { address: chat } = parseAddress(input)
    const { store } = this.#parts
    if (store.messages.get(messageId)?.chat !== chat)
      throw new ParleyError('not_found', 'This message is not in this chat.')
    if (!store.messages.markRead(chat, messageId)) return
    if (store.contacts.get(chat)?.state !== 'accepted') return
    await this.#post(chat, { Read: { upTo: fromHex(messageId) } })
  }

  /** Inside the transaction: moves our messages forward; answers what changed. */
  take(arrival: EventArrival): { messageId: string; state: 'delivered' | 'read' }[] {
    const { Delivered, Read } = arrival.event.body
    if (Delivered) return this.#advance(arrival.chat, Delivered.messages.slice(0, MOST_IDS).map(toHex), 'delivered')
    if (!Read) return []
    return this.#advance(arrival.chat, this.#parts.store.messages.outgoingUpTo(arrival.chat, toHex(Read.upTo)), 'read')
  }

  #advance(chat: string, ids: string[], state: 'delivered' | 'read') {
    const { store } = this.#parts
    return ids.flatMap((messageId) => {
      const row = store.messages.get(messageId)
      if (!row?.outgoing || row.chat !== chat) return []
      store.outbox.removeByMessage(messageId)
      return store.messages.setState(messageId, state) ? [{ messageId, state }] : []
    })
  }

  #flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const gathered = [...this.#gathered]
    this.#gathered.clear()
    for (const [chat, ids] of gathered) {
      const messages = [...ids].map((id) => fromHex(id))
      void this.#post(chat, { Delivered: { messages } }).catch((thrown: unknown) => {
        // Not lost: the sender offers the message again, and that asks for the receipt again.
        if (this.#running) this.#parts.log.warn({ code: toParleyError(thrown).code }, 'a receipt could not be written')
      })
    }
  }

  #post(chat: string, body: ConversationEventInput['body']): Promise<void> {
    return this.#queue.run(() => {
      const { store, clock, random, chats } = this.#parts
      const stamp = nextClock(store.messages.clock(chat), clock.now())
      return chats.post(chat, { id: random.bytes(16), clock: stamp, body }, undefined, () => {})
    })
  }
}
