import { fromHex, SerialQueue, toHex } from '../../base/index.ts'
import { MAX_TEXT_LENGTH, type Message, type MessageState, ParleyError, toParleyError } from '../../contract/index.ts'
import type { EventArrival, Prepared } from '../../post/index.ts'
import { pairChat } from '../../session/index.ts'
import type { MessageRow, OutboxRow } from '../../store/index.ts'
import { ConversationEvent, encode, MAX_EVENT_BYTES, type RoomEventInput } from '../../wire/index.ts'
import { GATHER_MS, MAX_RECEIPT_IDS, MAX_WAITING } from './constants.ts'
import { blankRow } from './outbox-row.ts'
import type { Pairs } from './pairs.ts'
import type { RoomEvents, RoomsParts } from './types.ts'

/** A clock from outside may run ahead by at most this much before it is held back to ours. */
const MAX_CLOCK_AHEAD_MS = 60_000

/** What a room's chat did with an event: for the listeners, after the commit. */
export type Taken =
  | { kind: 'message'; row: MessageRow; device: string }
  | { kind: 'states'; changes: { chat: string; messageId: string; state: MessageState }[] }

/**
 * The chat of a room: each message goes to each member by itself, in the MLS group of the two devices. It is on disk, with one
 * row of the outbox for each member, before it is acknowledged; a member that is away gets it when it is back.
 */
export class RoomChat {
  readonly #parts: RoomsParts
  readonly #pairs: Pairs
  readonly #state: (change: RoomEvents['message.state']) => void
  readonly #receipts = new Map<string, Set<string>>()
  readonly #queue = new SerialQueue()
  #cancel: (() => void) | undefined

  constructor(parts: RoomsParts, pairs: Pairs, state: (change: RoomEvents['message.state']) => void) {
    this.#parts = parts
    this.#pairs = pairs
    this.#state = state
  }

  stop(): void {
    this.#flush()
    this.#cancel?.()
  }

  /** Writes a message for every member that is known; where there is none yet, for whoever comes first. */
  send(room: string, text: string): MessageRow {
    if (text.length > MAX_TEXT_LENGTH)
      throw new ParleyError('too_large', `A message has at most ${MAX_TEXT_LENGTH} characters.`)
    const { store, clock, random, self } = this.#parts
    if (store.outbox.forAddress(room).length >= MAX_WAITING)
      throw new ParleyError('rate_limited', 'Too much waits for members of this room who are away.')
    const last = store.messages.clock(room)
    const now = clock.now()
    const stamp = now > last.time ? { time: now, count: 0 } : { time: last.time, count: last.count + 1 }
    const row: MessageRow = {
      ...{ id: toHex(random.bytes(16)), chat: room, author: self.address, outgoing: true, text },
      ...{ clockTime: stamp.time, clockCount: stamp.count, sentAt: now, receivedAt: now },
      ...{ state: 'sending', failure: undefined },
    }
    store.transaction(() => {
      store.messages.insert(row)
      this.#post(room, row)
    })
    this.#parts.delivery.wake()
    return row
  }

  /** A failed message again, to whoever is a member now. */
  retry(room: string, messageId: string): void {
    const { store, delivery } = this.#parts
    const row = store.messages.get(messageId)
    if (!row || row.chat !== room) throw new ParleyError('not_found', 'This message is not in this chat.')
    if (row.state !== 'failed') throw new ParleyError('conflict', 'Only a failed message can be sent again.')
    store.transaction(() => {
      store.messages.setState(messageId, 'sending')
      this.#post(room, row)
    })
    this.#state({ chat: room, messageId, state: 'sending' })
    delivery.wake()
  }

  /** Within a transaction. */
  #post(room: string, row: MessageRow): void {
    const { store } = this.#parts
    const members = store.rooms.members(room).filter(({ gone }) => !gone)
    const event = eventOf(row.id, { time: row.clockTime, count: row.clockCount }, room, { Text: { text: row.text } })
    for (const device of members.length === 0 ? [''] : members.map((member) => member.device))
      store.outbox.add({ ...blankRow(this.#parts, room, device), event, messageId: row.id })
  }

  /** Somebody has come: what nobody could have yet goes to them. */
  met(room: string, device: string): void {
    const { store, clock, random } = this.#parts
    store.transaction(() => {
      for (const row of store.outbox.forAddress(room)) {
        if (row.device !== '') continue
        store.outbox.remove(row.id)
        store.outbox.add({ ...row, id: toHex(random.bytes(16)), device, attempts: 0, nextAttemptAt: clock.now() })
      }
    })
  }

  /** Encrypts a row for its device; undefined while there is no group with it, or nobody to have it. */
  async prepare(row: OutboxRow): Promise<Prepared[] | undefined> {
    const { store, sessions } = this.#parts
    const member = store.rooms.members(row.address).find(({ device }) => device === row.device)
    if (!member || !row.event || !this.#pairs.current(member.address, member.device)) return undefined
    let prepared: Prepared[] | undefined
    await sessions.encrypt(pairChat(member.address, member.device), row.event, (message, groupId) => {
      prepared = [{ device: row.device, groupId, envelope: this.#pairs.wrap(message, groupId) }]
    })
    return prepared
  }

  /** Inside the transaction that holds the MLS state. Only a member may say something, and only for itself. */
  take({ chat, author, device, event }: EventArrival): Taken | undefined {
    const said = event.body.Room
    const room = said && `0x${toHex(said.room)}`
    if (!said || !room || chat !== pairChat(author, device)) return undefined
    const { store, self } = this.#parts
    const member = store.rooms.members(room).find((row) => row.device === device && row.address === author)
    if (!store.rooms.get(room) || !member || store.contacts.get(author)?.state === 'blocked') return undefined
    if (said.body.Delivered) {
      const ids = said.body.Delivered.messages.slice(0, MAX_RECEIPT_IDS).map(toHex)
      return { kind: 'states', changes: this.#delivered(room, device, ids) }
    }
    const text = said.body.Text?.text
    if (text === undefined || text.length === 0 || text.length > MAX_TEXT_LENGTH) return undefined
    const now = this.#parts.clock.now()
    const ahead = event.clock.time > now + MAX_CLOCK_AHEAD_MS
    const stamp = ahead ? { time: now + MAX_CLOCK_AHEAD_MS, count: 0 } : event.clock
    const row: MessageRow = {
      ...{ id: toHex(event.id), chat: room, author, outgoing: author === self.address, text },
      ...{ clockTime: stamp.time, clockCount: stamp.count, sentAt: stamp.time, receivedAt: now },
      ...{ state: 'delivered', failure: undefined },
    }
    const known = !store.messages.insert(row)
    if (!known) return { kind: 'message', row, device }
    this.arrived(room, device, row.id)
    return undefined
  }

  /** A message is on disk: its author hears of it soon. */
  arrived(room: string, device: string, messageId: string): void {
    const key = `${room} ${device}`
    const ids = this.#receipts.get(key) ?? new Set()
    this.#receipts.set(key, ids.add(messageId))
    if (ids.size >= MAX_RECEIPT_IDS) return this.#flush()
    this.#cancel ??= this.#parts.clock.after(GATHER_MS, () => this.#flush())
  }

  /** A device offered something again, so it may lack our receipts. */
  repeat(room: string, device: string, author: string): void {
    for (const row of this.#parts.store.messages.page(room, 100))
      if (row.author === author && !row.outgoing) this.arrived(room, device, row.id)
  }

  /** A row went forward. A message has failed where nobody has it and nobody can get it any more. */
  onProgress(row: OutboxRow, state: 'stored' | 'delivered' | 'failed', failure?: string): void {
    const { store } = this.#parts
    if (row.messageId === undefined || state === 'delivered') return
    if (state === 'failed' && store.outbox.byMessage(row.messageId).length > 0) return
    if (store.messages.setState(row.messageId, state, failure))
      this.#state({ chat: row.address, messageId: row.messageId, state, ...(failure ? { failure } : {}) })
  }

  /** Delivered is what every member has that it was written for. */
  #delivered(room: string, device: string, ids: string[]) {
    const { store } = this.#parts
    return ids.flatMap((messageId) => {
      const message = store.messages.get(messageId)
      if (!message?.outgoing || message.chat !== room) return []
      for (const row of store.outbox.byMessage(messageId)) if (row.device === device) store.outbox.remove(row.id)
      if (store.outbox.byMessage(messageId).length > 0) return []
      return store.messages.setState(messageId, 'delivered')
        ? [{ chat: room, messageId, state: 'delivered' as const }]
        : []
    })
  }

  #flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const gathered = [...this.#receipts]
    this.#receipts.clear()
    for (const [key, ids] of gathered) {
      const [room = '', device = ''] = key.split(' ')
      void this.#queue
        .run(() => this.#tellDelivered(room, device, [...ids]))
        .catch((thrown: unknown) => {
          this.#parts.log.warn({ code: toParleyError(thrown).code }, 'a receipt could not be written')
        })
    }
  }

  #tellDelivered(room: string, device: string, ids: string[]): void {
    const { store, clock, random, delivery } = this.#parts
    if (!store.rooms.get(room)) return
    const stamp = { time: clock.now(), count: 0 }
    const messages = ids.map((id) => fromHex(id))
    const event = eventOf(toHex(random.bytes(16)), stamp, room, { Delivered: { messages } })
    store.outbox.add({ ...blankRow(this.#parts, room, device), event })
    delivery.wake()
  }
}

function eventOf(id: string, clock: { time: number; count: number }, room: string, body: RoomEventInput['body']) {
  const fields = { id: fromHex(id), clock, body: { Room: { room: fromHex(room), body } } }
  return encode(ConversationEvent, { V1: fields }, MAX_EVENT_BYTES)
}

/** A message as it is shown, without its author's name. */
export function messageView(row: MessageRow): Message {
  return {
    ...{ id: row.id, chat: row.chat, author: row.author, outgoing: row.outgoing, text: row.text },
    ...{ sentAt: row.sentAt, state: row.state },
    ...(row.failure === undefined ? {} : { failure: row.failure }),
  }
}
