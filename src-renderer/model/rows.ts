import type { Chat, Contact, Message, Room } from '../../src-main/contract/index.ts'
import { displayName } from './address.ts'

/** One line of the chat list: a person or a room with what is known of the conversation. */
export interface ChatRow {
  /** Of a room, its id. */
  address: string
  name: string
  contact: Contact | undefined
  room: Room | undefined
  last: Message | undefined
  unread: number
  at: number
}

/** Contacts, rooms and chats as one list: people who wait for an answer first, then the latest first. Blocked people are left out. */
export function chatRows(contacts: Iterable<Contact>, chats: Iterable<Chat>, rooms: Iterable<Room> = []): ChatRow[] {
  const rows = new Map<string, ChatRow>()
  const blocked = new Set<string>()
  for (const contact of contacts) {
    if (contact.state === 'blocked') blocked.add(contact.address)
    else rows.set(contact.address, { ...emptyRow(contact.address, displayName(contact), contact.addedAt), contact })
  }
  for (const room of rooms) rows.set(room.id, { ...emptyRow(room.id, room.title, room.joinedAt), room })
  for (const chat of chats) {
    if (blocked.has(chat.id)) continue
    const row = rows.get(chat.id) ?? emptyRow(chat.id, displayName({ name: chat.title, address: chat.id }), 0)
    rows.set(chat.id, { ...row, last: chat.last, unread: chat.unread, at: chat.last?.sentAt ?? row.at })
  }
  return [...rows.values()].sort((a, b) => rank(b) - rank(a) || b.at - a.at)
}

function emptyRow(address: string, name: string, at: number): ChatRow {
  return { address, name, contact: undefined, room: undefined, last: undefined, unread: 0, at }
}

function rank(row: ChatRow): number {
  return row.contact?.state === 'incoming' ? 1 : 0
}

/** Rows whose name or address holds every word of the query; accents and case do not matter. */
export function filterRows<T extends { name: string; address: string }>(rows: readonly T[], query: string): T[] {
  const words = plain(query).split(/\s+/).filter(Boolean)
  if (words.length === 0) return [...rows]
  return rows.filter((row) => words.every((word) => plain(`${row.name} ${row.address}`).includes(word)))
}

function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
}
