import { DailyBudget, Emitter, toHex } from '../../base/index.ts'
import { ParleyError, type Room as RoomView, type SignallingCost, toParleyError } from '../../contract/index.ts'
import type { EventArrival, Prepared, Sealer } from '../../post/index.ts'
import { personOf } from '../../session/index.ts'
import type { OutboxRow, RoomRow } from '../../store/index.ts'
import {
  decodeStrict,
  type DeviceCertificate,
  MAX_ROOM_MESSAGE_BYTES,
  parseAddress,
  RoomMessage,
} from '../../wire/index.ts'
import { MAX_ROOMS } from './constants.ts'
import { roomId, stretchSecret } from './keys.ts'
import { LiveRooms } from './live-rooms.ts'
import { tell } from './messages.ts'
import { RoomNames } from './names.ts'
import { Pairs } from './pairs.ts'
import { messageView, RoomChat, type Taken } from './room-chat.ts'
import { readDataLabel, sendToMembers } from './room-data.ts'
import { noDirect, viewOf } from './room-view.ts'
import { newSecret, readSecret } from './secret.ts'
import type { Ticket } from './tickets.ts'
import type { RoomContext, RoomEvents, RoomsParts } from './types.ts'

/** A ticket, and an offer or an answer. */
const RECORDS_TO_JOIN = 2
/** A ticket with its key package; the other record is smaller. */
const RECORD_BYTES = 4096
const DEFAULT_TITLE = 'Room'

/** Rooms by shared secret over the ledger alone: who is in them, what is said there, and data between members. */
export class Rooms {
  readonly live = new LiveRooms()
  readonly names: RoomNames
  readonly #parts: RoomsParts
  readonly #events: Emitter<RoomEvents>
  readonly #pairs: Pairs
  readonly #chat: RoomChat
  readonly #changed = new Set<string>()
  #context: RoomContext | undefined

  constructor(parts: RoomsParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a listener of the rooms failed'))
    this.names = new RoomNames(parts.store)
    this.#pairs = new Pairs(parts)
    this.#chat = new RoomChat(parts, this.#pairs, (change) => this.#events.emit('message.state', change))
  }

  on<K extends keyof RoomEvents>(name: K, listener: (payload: RoomEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Rejoins every room, once the ledger's chain is known: what is sealed is bound to it. */
  start(sealer: Sealer): void {
    if (this.#context) return
    const { store, clock } = this.#parts
    this.#context = {
      ...this.#parts,
      budget: new DailyBudget('rooms.records', store.settings, clock),
      sealer,
      changed: (room) => this.#tellChanged(room),
      met: (room, member, session) => this.#met(room, member, session),
      sessionOf: (address, device) => this.#pairs.current(address, device),
    }
    for (const row of store.rooms.list()) this.#open(row)
  }

  stop(): void {
    this.#chat.stop()
    this.live.stop()
    this.#context = undefined
  }

  list(): RoomView[] {
    return this.#parts.store.rooms.list().map((row) => this.#view(row))
  }

  cost(): Promise<SignallingCost> {
    return this.#parts.board.cost(RECORDS_TO_JOIN, RECORD_BYTES)
  }

  create(title: string | undefined): Promise<RoomView> {
    return this.#enter(newSecret(this.#parts.random), title)
  }

  /** Again is the same room. Throws `payment_required`, `invalid_params` or `too_large`. */
  async join(input: string, title: string | undefined): Promise<{ roomId: string; link: string }> {
    const read = readSecret(input)
    const { id, link } = await this.#enter(read.secret, title ?? read.title)
    return { roomId: id, link }
  }

  /** For good: the chat goes too, and the others are told. */
  async leave(id: string): Promise<void> {
    const row = this.#require(id)
    const view = this.#view(row)
    const room = this.live.remove(id)
    await room?.leave()
    room?.stop()
    const { store } = this.#parts
    store.transaction(() => {
      store.outbox.removeFor(id)
      store.messages.removeChat(id)
      store.rooms.remove(id)
    })
    this.#events.emit('room', { room: view, removed: true })
  }

  rename(id: string, title: string): RoomView {
    const row = { ...this.#require(id), title }
    const room = this.live.get(id)
    if (room) room.rename(title)
    else this.#parts.store.rooms.save(row)
    return this.#view(this.#require(id))
  }

  /** Sends bytes to every connected member, or to one. */
  async sendData(id: string, to: string | undefined, data: Uint8Array): Promise<{ dataId: string; members: number }> {
    this.#require(id)
    const room = this.live.get(id)
    if (!room) throw new ParleyError('offline', 'Parley has no connection yet.')
    const dataId = toHex(this.#parts.random.bytes(16))
    const address = to === undefined ? undefined : parseAddress(to).address
    return { dataId, members: await sendToMembers(this.#parts.peers, room, address, data, dataId) }
  }

  send(id: string, text: string): { messageId: string } {
    this.#require(id)
    const row = this.#chat.send(id, text)
    this.#events.emit('message', this.names.show(messageView(row)))
    return { messageId: row.id }
  }

  retry(id: string, messageId: string): void {
    this.#require(id)
    this.#chat.retry(id, messageId)
  }

  markRead(id: string, messageId: string): void {
    this.#require(id)
    const { messages } = this.#parts.store
    if (messages.get(messageId)?.chat !== id) throw new ParleyError('not_found', 'This message is not in this chat.')
    messages.markRead(id, messageId)
  }

  prepare(row: OutboxRow): Promise<Prepared[] | undefined> {
    return this.#chat.prepare(row)
  }

  onProgress(row: OutboxRow, state: 'stored' | 'delivered' | 'failed', failure?: string): void {
    this.#chat.onProgress(row, state, failure)
  }

  take(arrival: EventArrival): Taken | undefined {
    return this.#chat.take(arrival)
  }

  /** After the commit of `take`. */
  announce(taken: Taken): void {
    if (taken.kind === 'states') {
      for (const change of taken.changes) this.#events.emit('message.state', change)
      return
    }
    const { row, device } = taken
    this.#events.emit('message', this.names.show(messageView(row)))
    this.#chat.arrived(row.chat, device, row.id)
    void this.#pairs.refreshKeys(row.chat, row.author, device).catch((thrown: unknown) => {
      this.#parts.log.warn({ code: toParleyError(thrown).code }, 'new keys could not be made')
    })
  }

  onRepeat(device: string): void {
    for (const { room, member } of this.live.of(device)) this.#chat.repeat(room.id, device, member.address)
  }

  /** A message of this device cannot be read: a new group for the pair. Answers whether it is a member's. */
  async onUnreadable(device: string): Promise<boolean> {
    const [found] = this.live.of(device)
    const context = this.#context
    if (!found || !context) return false
    const { id } = found.room
    const { member } = found
    if (context.self.device < device)
      await this.#pairs.renew(member, (welcome) => tell(context, id, member.certificate, { Welcome: { welcome } }))
    else if (member.connected) await tell(context, id, member.certificate, { Renew: true })
    return true
  }

  /** A sealed message of a member, checked; it is accepted when this has resolved. */
  async onSealed(sender: DeviceCertificate, bytes: Uint8Array): Promise<void> {
    const message = decodeStrict(RoomMessage, bytes, 'The message', MAX_ROOM_MESSAGE_BYTES)
    const room = this.live.get(`0x${toHex(message.room)}`)
    if (!room || !this.#isWanted(sender.addressText)) return
    const member = room.members.get(sender.deviceId)
    if (message.body.Welcome && member) {
      await this.#pairs.join(sender.addressText, sender.deviceId, message.body.Welcome.welcome)
      return
    }
    if (message.body.Renew && member) return void (await this.onUnreadable(sender.deviceId))
    room.receive(sender, message)
  }

  onData(device: string, label: Uint8Array, bytes: Uint8Array<ArrayBuffer>): void {
    const read = readDataLabel(label)
    const member = read && this.live.get(read.room)?.members.get(device)
    if (member) this.#events.emit('data', { roomId: read.room, from: member.address, dataId: read.dataId, data: bytes })
  }

  async #enter(secret: string, title: string | undefined): Promise<RoomView> {
    const { store, board, clock } = this.#parts
    const root = await stretchSecret(secret)
    const id = roomId(root)
    const known = store.rooms.get(id)
    if (known) return this.#view(known)
    if (!this.#parts.direct()) throw noDirect()
    if (!board.allowed())
      throw new ParleyError(
        'payment_required',
        'A room needs records on the ledger, which cost fees. Allow it in Settings.',
      )
    if (store.rooms.list().length >= MAX_ROOMS)
      throw new ParleyError('too_large', `You are in ${MAX_ROOMS} rooms already.`)
    const spent = { burned: 0n, deposit: 0n, relay: 0n }
    const row: RoomRow = {
      ...{ id, root: root.use(), secret, title: title ?? DEFAULT_TITLE, joinedAt: clock.now(), spent },
    }
    store.rooms.save(row)
    this.#open(row)
    const view = this.#view(row)
    this.#events.emit('room', { room: view, removed: false })
    return view
  }

  #open(row: RoomRow): void {
    if (this.#context) this.live.open(row, this.#context)
  }

  #met(room: string, member: Ticket, session: Uint8Array | undefined): void {
    const context = this.#context
    if (!context) return
    this.#chat.met(room, member.device)
    void this.#pairs.meet(member, session, (welcome) =>
      tell(context, room, member.certificate, { Welcome: { welcome } }),
    )
    this.#parts.delivery.hasten(room)
  }

  #isWanted(address: string): boolean {
    return this.#parts.store.contacts.get(personOf(address))?.state !== 'blocked'
  }

  #view(row: RoomRow): RoomView {
    return this.live.get(row.id)?.view() ?? viewOf(row, [], undefined, () => undefined)
  }

  #require(id: string): RoomRow {
    const row = this.#parts.store.rooms.get(id)
    if (!row) throw new ParleyError('not_found', 'You are not in this room.')
    return row
  }

  /** Several changes of one moment are told once. */
  #tellChanged(id: string): void {
    if (this.#changed.size === 0) queueMicrotask(() => this.#flushChanged())
    this.#changed.add(id)
  }

  #flushChanged(): void {
    const ids = [...this.#changed]
    this.#changed.clear()
    for (const id of ids) {
      const room = this.live.get(id)
      if (room) this.#events.emit('room', { room: room.view(), removed: false })
    }
  }
}
