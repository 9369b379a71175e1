import { type Clock, Emitter, fromHex, type Log, type Random, toHex } from '../../base/index.ts'
import { type Chat, MAX_TEXT_LENGTH, type Message, ParleyError } from '../../contract/index.ts'
import { type EventArrival, makeEnvelope, MESSAGE_TTL_MS, type Prepared } from '../../post/index.ts'
import type { MessageRow, OutboxRow, Store } from '../../store/index.ts'
import {
  ConversationEvent,
  type ConversationEventInput,
  encode,
  type HybridClockValue,
  MAX_EVENT_BYTES,
  parseAddress,
} from '../../wire/index.ts'
import { boundedClock, nextClock } from './hybrid-clock.ts'
import { messageView, requestBody } from './message-view.ts'
import type { ChatDelivery, ChatEvents, ChatSessions } from './types.ts'

export interface ChatsParts {
  store: Store
  sessions: ChatSessions
  delivery: ChatDelivery
  /** Newer keys of this chat may be there, and are looked for: what is written now is encrypted a moment later. */
  holds?: (chat: string) => boolean
  /** This identity's address and device id. */
  self: { address: string; device: string }
  clock: Clock
  random: Random
  log: Log
}

/** One-to-one conversations as events: text out and in, states, history. Receipts are in receipts.ts. */
export class Chats {
  readonly #parts: ChatsParts
  readonly #events: Emitter<ChatEvents>

  constructor(parts: ChatsParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a chat listener failed'))
  }

  on<K extends keyof ChatEvents>(name: K, listener: (payload: ChatEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Resolves once the message is on disk with everything needed to deliver it. */
  async send(input: string, text: string): Promise<{ messageId: string }> {
    const chat = this.mayWrite(input)
    if (text.length > MAX_TEXT_LENGTH)
      throw new ParleyError(
        'too_large',
        `A message has at most ${MAX_TEXT_LENGTH} characters; this one has ${text.length}.`,
      )
    const id = this.#parts.random.bytes(16)
    const { clock, store } = this.#parts
    const stamp = nextClock(store.messages.clock(chat), clock.now())
    const row: MessageRow = {
      id: toHex(id),
      chat,
      author: this.#parts.self.address,
      outgoing: true,
      text,
      clockTime: stamp.time,
      clockCount: stamp.count,
      sentAt: clock.now(),
      receivedAt: clock.now(),
      state: 'sending',
      failure: undefined,
    }
    await this.post(chat, { id, clock: stamp, body: { Text: { text } } }, row.id, () => store.messages.insert(row))
    this.announce(row)
    return { messageId: row.id }
  }

  /**
   * Writes an event to the outbox, encrypted where the group is there, and runs `also` in the same transaction.
   * `messageId`: the chat message that it carries and whose receipt ends it.
   */
  async post(
    chat: string,
    fields: ConversationEventInput,
    messageId: string | undefined,
    also: () => void,
  ): Promise<void> {
    const { store, sessions, delivery, holds, clock, random } = this.#parts
    const event = encode(ConversationEvent, { V1: fields }, MAX_EVENT_BYTES)
    const blank = outboxRow(chat, event, messageId, clock.now(), () => toHex(random.bytes(16)))
    if (sessions.hasGroup(chat) && !holds?.(chat)) {
      const devices = await sessions.devices(chat)
      await sessions.encrypt(chat, event, (message, groupId) => {
        also()
        for (const prepared of this.#wrap(devices, message, groupId)) store.outbox.add({ ...blank(), ...prepared })
      })
    } else {
      store.transaction(() => {
        also()
        store.outbox.add(blank())
      })
    }
    delivery.wake()
  }

  /** New keys for the conversation where they are due; the commit of two devices goes to the other like a message. */
  async refreshKeys(chat: string): Promise<void> {
    const { store, sessions, delivery, clock, random } = this.#parts
    if (!sessions.hasGroup(chat)) return
    const devices = await sessions.devices(chat)
    const blank = outboxRow(chat, undefined, undefined, clock.now(), () => toHex(random.bytes(16)))
    const made = await sessions.maintenance(chat, (commit, groupId) => {
      for (const prepared of this.#wrap(devices, commit, groupId))
        store.outbox.add({ ...blank(), ...prepared, kind: 'commit' })
    })
    if (made) delivery.wake()
  }

  /** Encrypts a row that had no group when it was written, or whose group was replaced. */
  async prepare(row: OutboxRow): Promise<Prepared[] | undefined> {
    const { sessions, holds } = this.#parts
    if (!row.event || !sessions.hasGroup(row.address) || holds?.(row.address)) return undefined
    const devices = await sessions.devices(row.address)
    let prepared: Prepared[] | undefined
    await sessions.encrypt(row.address, row.event, (message, groupId) => {
      prepared = this.#wrap(devices, message, groupId)
    })
    return prepared
  }

  /** A new group: what the other has not confirmed goes out again in it. */
  repost(chat: string, groupId: Uint8Array): void {
    const { store, delivery, clock } = this.#parts
    store.transaction(() => {
      for (const row of store.outbox.forAddress(chat)) {
        if (!row.event || (row.groupId && toHex(row.groupId) === toHex(groupId))) continue
        const change = {
          envelope: new Uint8Array(),
          state: 'sending' as const,
          attempts: 0,
          nextAttemptAt: clock.now(),
        }
        store.outbox.update(row.id, change)
      }
    })
    delivery.wake()
  }

  /** Inside the transaction that holds the MLS state: saves an incoming text. Answers whether it is new. */
  take(arrival: EventArrival): MessageRow | undefined {
    const { body, clock, id } = arrival.event
    if (!body.Text || body.Text.text.length === 0) return undefined
    const now = this.#parts.clock.now()
    const stamp = boundedClock(clock, now)
    const row: MessageRow = {
      id: toHex(id),
      chat: arrival.chat,
      author: arrival.author,
      outgoing: arrival.author === this.#parts.self.address,
      text: body.Text.text,
      clockTime: stamp.time,
      clockCount: stamp.count,
      sentAt: stamp.time,
      receivedAt: now,
      state: 'delivered',
      failure: undefined,
    }
    return this.#parts.store.messages.insert(row) ? row : undefined
  }

  /** The clock of the chat's next event. */
  nextClock(chat: string): HybridClockValue {
    return nextClock(this.#parts.store.messages.clock(chat), this.#parts.clock.now())
  }

  /** The clock of an event that arrived, held to a bound. */
  boundedClock(clock: HybridClockValue): HybridClockValue {
    return boundedClock(clock, this.#parts.clock.now())
  }

  announce(row: MessageRow): void {
    this.#events.emit('message', messageView(this.#parts.store, row))
  }

  /** Tells listeners that a message is not what it was. */
  announceChange(messageId: string): void {
    const row = this.#parts.store.messages.get(messageId)
    if (row) this.#events.emit('message.changed', messageView(this.#parts.store, row))
  }

  history(input: string, limit: number, before: string | undefined): Message[] {
    const { address } = parseAddress(input)
    if (before !== undefined && this.#parts.store.messages.get(before)?.chat !== address)
      throw new ParleyError('not_found', 'This message is not in this chat.')
    return this.#parts.store.messages.page(address, limit, before).map((row) => messageView(this.#parts.store, row))
  }

  list(titleOf: (address: string) => string | undefined): Chat[] {
    const { messages } = this.#parts.store
    const chats = new Set([...messages.chats()])
    return [...chats].map((id) => {
      const last = messages.last(id)
      return {
        id,
        kind: 'direct' as const,
        title: titleOf(id) ?? id,
        unread: messages.unread(id),
        ...(last ? { last: messageView(this.#parts.store, last) } : {}),
      }
    })
  }

  async retry(input: string, messageId: string): Promise<void> {
    const chat = this.mayWrite(input)
    const row = this.#parts.store.messages.get(messageId)
    if (!row || row.chat !== chat) throw new ParleyError('not_found', 'This message is not in this chat.')
    if (row.state !== 'failed') throw new ParleyError('conflict', 'Only a failed message can be sent again.')
    const fields: ConversationEventInput = {
      id: fromHex(row.id),
      clock: { time: row.clockTime, count: row.clockCount },
      body: requestBody(this.#parts.store, row) ?? { Text: { text: row.text } },
    }
    await this.post(chat, fields, row.id, () => this.#parts.store.messages.setState(row.id, 'sending'))
    this.setState(row.id, 'sending')
  }

  /** Moves a message's state forward and tells listeners where that changed something. */
  setState(messageId: string, state: MessageRow['state'], failure?: string): void {
    const { messages } = this.#parts.store
    const changed = messages.setState(messageId, state, failure)
    const row = messages.get(messageId)
    if (!row || (!changed && row.state !== state)) return
    this.#events.emit('message.state', { chat: row.chat, messageId, state, ...(failure ? { failure } : {}) })
  }

  /** Tells listeners of a change that a transaction has made already. */
  announceState(chat: string, messageId: string, state: MessageRow['state']): void {
    this.#events.emit('message.state', { chat, messageId, state })
  }

  /** The address of a chat in which this user may write now. Throws `not_a_contact`, `bad_address`. */
  mayWrite(input: string): string {
    const { address } = parseAddress(input)
    const contact = this.#parts.store.contacts.get(address)
    if (contact?.state === 'requested')
      throw new ParleyError('not_a_contact', 'Your request has not been accepted yet.')
    if (contact?.state === 'blocked') throw new ParleyError('not_a_contact', 'You have blocked this contact.')
    if (contact?.state !== 'accepted')
      throw new ParleyError('not_a_contact', 'This address is not one of your contacts.')
    return address
  }

  #wrap(devices: string[], message: Uint8Array, groupId: Uint8Array): (Prepared & { groupId: Uint8Array })[] {
    const { self, clock, random } = this.#parts
    return devices.map((device) => {
      const body = { Group: { groupId, message } }
      return { device, groupId, envelope: makeEnvelope(self.device, body, clock.now(), random) }
    })
  }
}

function outboxRow(
  chat: string,
  event: Uint8Array | undefined,
  messageId: string | undefined,
  now: number,
  newId: () => string,
) {
  return (): OutboxRow => ({
    id: newId(),
    kind: 'event',
    address: chat,
    device: '',
    envelope: new Uint8Array(),
    event,
    messageId,
    groupId: undefined,
    state: 'sending',
    attempts: 0,
    nextAttemptAt: now,
    createdAt: now,
    expiresAt: now + MESSAGE_TTL_MS,
  })
}
