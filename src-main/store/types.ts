import type { RelayFeeRepository } from './relay-fee-types.ts'
import type { ContactState, Fee, MessageState } from '../contract/index.ts'
import type {
  AccountRepository,
  ActivityRepository,
  PaymentRequestRepository,
  TransferRepository,
} from './wallet-types.ts'

/** Every repository call is synchronous and durable when `transaction` returns (WAL, synchronous=FULL). */
export interface Store {
  /** Runs in one transaction; a throw rolls all of it back. Nested calls join the outer one. */
  transaction<T>(work: () => T): T
  readonly contacts: ContactRepository
  readonly messages: MessageRepository
  readonly outbox: OutboxRepository
  readonly seen: SeenRepository
  readonly groups: GroupRepository
  readonly keyPackages: KeyPackageRepository
  readonly transfers: TransferRepository
  readonly accounts: AccountRepository
  readonly activities: ActivityRepository
  readonly paymentRequests: PaymentRequestRepository
  readonly revocations: RevocationRepository
  readonly rooms: RoomRepository
  readonly relayFees: RelayFeeRepository
  readonly settings: SettingsRepository
  close(): void
}

export interface ContactRow {
  address: string
  name: string
  theirName: string | undefined
  note: string | undefined
  state: ContactState
  verified: boolean
  addedAt: number
  /** Progress of our own request or acceptance. */
  requestState: 'sending' | 'stored' | 'delivered' | 'failed' | undefined
  /** Signed certificate of the device that asked or answered, for sealing to it. */
  certificate: Uint8Array | undefined
}
export interface ContactRepository {
  get(address: string): ContactRow | undefined
  list(): ContactRow[]
  save(row: ContactRow): void
  remove(address: string): void
}

export interface MessageRow {
  /** 32 hex digits. */
  id: string
  chat: string
  author: string
  outgoing: boolean
  text: string
  /** Hybrid logical clock: order within the chat is (clockTime, clockCount, author, id). */
  clockTime: number
  clockCount: number
  sentAt: number
  receivedAt: number
  state: MessageState
  failure: string | undefined
  /** Set where the message is a request for money. */
  requestId?: string | undefined
}
export interface MessageRepository {
  get(id: string): MessageRow | undefined
  /** False where the id is known already: nothing changes then. */
  insert(row: MessageRow): boolean
  /** Newest first. `before` excludes that message and everything newer. */
  page(chat: string, limit: number, before?: string): MessageRow[]
  last(chat: string): MessageRow | undefined
  /** Only ever forward along sending < stored < delivered < read; `failed` from sending and stored, and back to sending by retry. Answers whether it changed. */
  setState(id: string, state: MessageState, failure?: string): boolean
  /** Our messages of the chat up to and with `upTo` that are not `read` yet. */
  outgoingUpTo(chat: string, upTo: string): string[]
  /** Incoming messages after the read mark. */
  unread(chat: string): number
  /** Moves the read mark forward; false where it stood there or further already. */
  markRead(chat: string, upTo: string): boolean
  /** Chats that have messages, newest first. */
  chats(): string[]
  removeChat(chat: string): void
  /** Highest clock in the chat, for the next event. */
  clock(chat: string): { time: number; count: number }
  search(query: string, chat: string | undefined, limit: number): MessageRow[]
}

/** One thing to deliver to one device, with the exact bytes, so that a repeat is a repeat. */
export interface OutboxRow {
  /** The envelope's id, 32 hex digits. */
  id: string
  kind: 'event' | 'room' | 'commit' | 'request' | 'accept' | 'welcome' | 'resync' | 'own'
  address: string
  device: string
  /** Envelope bytes; empty for what must still be encrypted (no group or no device known yet). */
  envelope: Uint8Array
  /** The event in clear (BCS), kept until delivery is confirmed, to encrypt again in a new group. Undefined for the rest. */
  event: Uint8Array | undefined
  /** The chat message that it carries, if one. */
  messageId: string | undefined
  groupId: Uint8Array | undefined
  state: 'sending' | 'stored'
  attempts: number
  nextAttemptAt: number
  createdAt: number
  expiresAt: number
}
export interface OutboxRepository {
  add(row: OutboxRow): void
  get(id: string): OutboxRow | undefined
  update(
    id: string,
    change: Partial<Pick<OutboxRow, 'device' | 'envelope' | 'groupId' | 'state' | 'attempts' | 'nextAttemptAt'>>,
  ): void
  remove(id: string): void
  removeByMessage(messageId: string): void
  removeFor(address: string): void
  /** In the order of creation. */
  due(now: number, limit: number): OutboxRow[]
  forAddress(address: string): OutboxRow[]
  byMessage(messageId: string): OutboxRow[]
  /** The earliest `nextAttemptAt`, or undefined when empty. */
  nextAt(): number | undefined
  count(): number
}

/** Envelope ids that were handled, so that a repeat changes nothing; old ones go after 40 days. */
export interface SeenRepository {
  has(id: string): boolean
  add(id: string, at: number): void
  prune(before: number): number
}

export interface GroupRow {
  groupId: Uint8Array
  /** The other's address. */
  chat: string
  creator: string
  /** How many groups of this conversation came before it, as its maker knew. */
  generation: number
  state: Uint8Array
  /** The one that new messages go to; older ones are kept to read what is on its way. */
  active: boolean
  createdAt: number
  /** Messages and time since the last key update. */
  messagesSinceUpdate: number
  updatedAt: number
  /** Where more than two devices share the group: its place in the log that orders their key updates. */
  log: GroupLogPlace | undefined
}
export interface GroupLogPlace {
  /** 32 bytes. */
  id: Uint8Array
  /** The number of the next entry. */
  next: number
  /** SHA-256 of the entry before it; undefined before the first. */
  last: Uint8Array | undefined
}
/** A key update of this device on which the group's log has not decided yet. */
export interface GroupUpdateRow {
  groupId: Uint8Array
  entry: Uint8Array
  /** The group's state after it. */
  next: Uint8Array
  createdAt: number
  /** How often the log could not be asked. */
  failures: number
}
export interface GroupRepository {
  get(groupId: Uint8Array): GroupRow | undefined
  active(chat: string): GroupRow | undefined
  list(chat: string): GroupRow[]
  save(row: GroupRow): void
  saveState(groupId: Uint8Array, state: Uint8Array): void
  setActive(chat: string, groupId: Uint8Array): void
  /** With its update. */
  remove(groupId: Uint8Array): void
  update(groupId: Uint8Array): GroupUpdateRow | undefined
  /** Of a stored group; one at a time. */
  saveUpdate(row: GroupUpdateRow): void
  removeUpdate(groupId: Uint8Array): void
}

export interface KeyPackageRow {
  id: string
  publicBytes: Uint8Array
  privateBytes: Uint8Array
  lastResort: boolean
  createdAt: number
}
export interface KeyPackageRepository {
  add(rows: KeyPackageRow[]): void
  find(ids: string[]): KeyPackageRow[]
  lastResort(): KeyPackageRow | undefined
  unused(): KeyPackageRow[]
  remove(id: string): void
}

/** A device that may not be believed any more; kept for good. */
export interface RevocationRow {
  address: string
  device: string
  /** The signed revocation, to pass on. */
  signed: Uint8Array
  /** What the device was called, where that was known. */
  label: string
  revokedAt: number
}
export interface RevocationRepository {
  has(address: string, device: string): boolean
  of(address: string): RevocationRow[]
  /** Addresses with at least one. */
  addresses(): string[]
  /** False where it is known already. */
  add(row: RevocationRow): boolean
}

/** A room that this identity is in. */
export interface RoomRow {
  id: string
  /** The stretched secret, 32 bytes. */
  root: Uint8Array
  /** As it is told to others. */
  secret: string
  title: string
  joinedAt: number
  /** NANOS paid for its records so far. */
  spent: Fee
}
/** A device that was met in a room. */
export interface RoomMemberRow {
  room: string
  device: string
  address: string
  name: string
  /** Its newest `SignedRoomTicket`. */
  ticket: Uint8Array
  /** Left, or not seen for long: nothing is kept for it. */
  gone: boolean
  seenAt: number
}
export interface RoomRepository {
  list(): RoomRow[]
  get(id: string): RoomRow | undefined
  /** Of a known room only title and money change. */
  save(row: RoomRow): void
  /** With its members. */
  remove(id: string): void
  /** Last seen first. */
  members(room: string): RoomMemberRow[]
  saveMember(row: RoomMemberRow): void
  removeMember(room: string, device: string): void
}

export interface SettingsRepository {
  /** A JSON value by name. */
  get(name: string): unknown
  set(name: string, value: unknown): void
}
