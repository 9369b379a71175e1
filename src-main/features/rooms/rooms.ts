import { Emitter, toHex } from '../../base/index.ts'
import {
  type Chat,
  type Message,
  ParleyError,
  type Room as RoomView,
  type SignallingCost,
  toParleyError,
} from '../../contract/index.ts'
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
import { tell } from './messages.ts'
import { Pairs } from './pairs.ts'
import { Room } from './room.ts'
import { messageView, RoomChat, type Taken } from './room-chat.ts'
import { readDataLabel, sendToMembers } from './room-data.ts'
import { viewOf } from './room-view.ts'
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
  readonly #parts: RoomsParts
  readonly #events: Emitter<RoomEvents>
  readonly #pairs: Pairs
  readonly #chat: RoomChat
  readonly #rooms = new Map<string, Room>()
  readonly #changed = new Set<string>()
  #context: RoomContext | undefined

  constructor(parts: RoomsParts) {
    this.#parts = parts
    this.#events = new Emitter((error) => parts.log.error({ err: error }, 'a listener of the rooms failed'))
    this.#pairs = new Pairs(parts)
    this.#chat = new RoomChat(parts, this.#pairs, (change) => this.#events.emit('message.state', change))
  }

  on<K extends keyof RoomEvents>(name: K, listener: (payload: RoomEvents[K]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** Rejoins every room, once the ledger's chain is known: what is sealed is bound to it. */
  start(sealer: Sealer): void {
    if (this.#context) return
    this.#context = {
      ...this.#parts,
      sealer,
      changed: (room) => this.#tellChanged(room),
      met: (room, member, session) => this.#met(room, member, session),
      sessionOf: (address, device) => this.#pairs.current(address, device),
    }
    for (const row of this.#parts.store.rooms.list()) this.#open(row)
  }

  stop(): void {
    this.#chat.stop()
    for (const room of this.#rooms.values()) room.stop()
    this.#rooms.clear()
    this.#context = undefined
  }

  has(id: string): boolean {
    return this.#parts.store.rooms.get(id) !== undefined
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
    const room = this.#rooms.get(id)
    this.#rooms.delete(id)
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
    const room = this.#rooms.get(id)
    if (room) room.rename(title)
    else this.#parts.store.rooms.save(row)
    return this.#view(this.#require(id))
  }

  /** Sends bytes to every connected member, or to one. */
  async sendData(id: string, to: string | undefined, data: Uint8Array): Promise<{ dataId: string; members: number }> {
    this.#require(id)
    const room = this.#rooms.get(id)
    if (!room) throw new ParleyError('offline', 'Parley has no connection yet.')
    const dataId = toHex(this.#parts.random.bytes(16))
    const address = to === undefined ? undefined : parseAddress(to).address
    return { dataId, members: await sendToMembers(this.#parts.peers, room, address, data, dataId) }
  }

  /** Consent was given or taken, or money has come. */
  recheck(): void {
    for (const room of this.#rooms.values()) room.recheck()
  }

  send(id: string, text: string): { messageId: string } {
    this.#require(id)
    const row = this.#chat.send(id, text)
    this.#events.emit('message', this.show(messageView(row)))
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

  /** A room's message with its author's name; anything else as it is. */
  show(message: Message): Message {
    if (message.outgoing || !this.has(message.chat)) return message
    const members = this.#parts.store.rooms.members(message.chat)
    const authorName = members.find(({ address }) => address === message.author)?.name
    return authorName === undefined ? message : { ...message, authorName }
  }

  /** A chat that is a room's as such; any other as it is. */
  showChat(chat: Chat): Chat {
    if (!this.has(chat.id)) return chat
    return { ...chat, kind: 'room', ...(chat.last ? { last: this.show(chat.last) } : {}) }
  }

  title(id: string): string | undefined {
    return this.#parts.store.rooms.get(id)?.title
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
    this.#events.emit('message', this.show(messageView(row)))
    this.#chat.arrived(row.chat, device, row.id)
    void this.#pairs.refreshKeys(row.chat, row.author, device).catch((thrown: unknown) => {
      this.#parts.log.warn({ code: toParleyError(thrown).code }, 'new keys could not be made')
    })
  }

  onRepeat(device: string): void {
    for (const [id, room] of this.#rooms) {
      const member = room.members.get(device)
      if (member) this.#chat.repeat(id, device, member.address)
    }
  }

  /** A message of this device cannot be read: a new group for the pair. Answers whether it is a member's. */
  async onUnreadable(device: string): Promise<boolean> {
    const [id, member] = this.#memberOf(device)
    const context = this.#context
    if (!id || !member || !context) return false
    if (context.self.device < device)
      await this.#pairs.renew(member, (welcome) => tell(context, id, member.certificate, { Welcome: { welcome } }))
    else if (member.connected) await tell(context, id, member.certificate, { Renew: true })
    return true
  }

  /** A sealed message of a member, checked; it is accepted when this has resolved. */
  async onSealed(sender: DeviceCertificate, bytes: Uint8Array): Promise<void> {
    const message = decodeStrict(RoomMessage, bytes, 'The message', MAX_ROOM_MESSAGE_BYTES)
    const room = this.#rooms.get(`0x${toHex(message.room)}`)
    if (!room || !this.#isWanted(sender.addressText)) return
    const member = room.members.get(sender.deviceId)
    if (message.body.Welcome && member) {
      await this.#pairs.join(sender.addressText, sender.deviceId, message.body.Welcome.welcome)
      return
    }
    if (message.body.Renew && member) return void (await this.onUnreadable(sender.deviceId))
    await room.receive(sender, message)
  }

  /** Whether signals of this device are wanted for a room. */
  knows(device: string): boolean {
    return [...this.#rooms.values()].some((room) => room.knows(device))
  }

  /** How signals to a device go: through a member, through the ledger (each costs money), or not by a room. */
  signalWay(device: string): 'mesh' | 'ledger' | undefined {
    const ways = [...this.#rooms.values()].map((room) => room.wayTo(device)).filter((way) => way !== undefined)
    if (ways.length === 0) return undefined
    return ways.every((way) => way === 'ledger') ? 'ledger' : 'mesh'
  }

  /** Sends a sealed envelope to a device that a room knows, by the cheaper way. */
  async sendSignal(device: string, envelope: Uint8Array): Promise<void> {
    const rooms = [...this.#rooms.values()].filter((room) => room.wayTo(device) !== undefined)
    const room = rooms.find((each) => each.wayTo(device) !== 'ledger') ?? rooms[0]
    if (!room) throw new ParleyError('offline', 'There is no way to this device now.')
    await room.send(device, envelope)
  }

  opened(device: string): void {
    for (const room of this.#rooms.values()) room.opened(device)
  }

  closed(device: string): void {
    for (const room of this.#rooms.values()) room.closed(device)
  }

  wantsData(device: string, label: Uint8Array): boolean {
    const read = readDataLabel(label)
    return (read && this.#rooms.get(read.room)?.members.get(device)?.connected) ?? false
  }

  onData(device: string, label: Uint8Array, bytes: Uint8Array<ArrayBuffer>): void {
    const read = readDataLabel(label)
    const member = read && this.#rooms.get(read.room)?.members.get(device)
    if (member) this.#events.emit('data', { roomId: read.room, from: member.address, dataId: read.dataId, data: bytes })
  }

  /** Blocked: nothing of this person is heard in any room. */
  block(address: string): void {
    for (const room of this.#rooms.values()) room.drop(address)
  }

  /** For a row of a room: the address of the member that it is for. */
  addressOf(room: string, device: string): string | undefined {
    return this.#parts.store.rooms.members(room).find((member) => member.device === device)?.address
  }

  async #enter(secret: string, title: string | undefined): Promise<RoomView> {
    const { store, board, clock } = this.#parts
    const root = await stretchSecret(secret)
    const id = roomId(root)
    const known = store.rooms.get(id)
    if (known) return this.#view(known)
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
    if (!this.#context || this.#rooms.has(row.id)) return
    const room = new Room(row, this.#context)
    this.#rooms.set(row.id, room)
    room.start()
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

  #memberOf(device: string) {
    for (const [id, room] of this.#rooms) {
      const member = room.members.get(device)
      if (member) return [id, member] as const
    }
    return [undefined, undefined] as const
  }

  #isWanted(address: string): boolean {
    return this.#parts.store.contacts.get(personOf(address))?.state !== 'blocked'
  }

  #view(row: RoomRow): RoomView {
    return this.#rooms.get(row.id)?.view() ?? viewOf(row, [], undefined, () => undefined)
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
      const room = this.#rooms.get(id)
      if (room) this.#events.emit('room', { room: room.view(), removed: false })
    }
  }
}
