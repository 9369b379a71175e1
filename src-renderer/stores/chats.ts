import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { Chat, Message } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'
import { type ChatRow, chatRows } from '../model/rows.ts'
import { useContacts } from './contacts.ts'
import { useRooms } from './rooms.ts'

/** The list of conversations: last message and number of unread ones. */
export const useChats = defineStore('chats', () => {
  const backend = useBackend()
  const contacts = useContacts()
  const rooms = useRooms()
  const byId = ref(new Map<string, Chat>())
  /** What is typed but not sent, by chat; gone with the window. */
  const drafts = ref(new Map<string, string>())
  const loaded = ref(false)
  const rows = computed<ChatRow[]>(() => chatRows(contacts.all, byId.value.values(), rooms.all))
  const unread = computed(() => rows.value.reduce((sum, row) => sum + row.unread, 0))

  backend.on('message', (message) => newMessage(message))
  backend.on('message.state', ({ chat, messageId, state, failure }) => {
    const known = byId.value.get(chat)
    if (known?.last?.id === messageId) byId.value.set(chat, { ...known, last: withState(known.last, state, failure) })
  })
  backend.on('message.changed', (message) => {
    const known = byId.value.get(message.chat)
    if (known?.last?.id === message.id) byId.value.set(message.chat, { ...known, last: message })
  })
  backend.on('contact', ({ contact, removed }) => {
    if (removed) byId.value.delete(contact.address)
  })
  backend.on('room', ({ room, removed }) => {
    if (removed) byId.value.delete(room.id)
  })

  function newMessage(message: Message): void {
    const known = byId.value.get(message.chat)
    if (known?.last?.id === message.id) return
    const room = rooms.byId.get(message.chat)
    const title = room?.title ?? contacts.nameOf(message.chat)
    const base: Chat = known ?? { id: message.chat, kind: room ? 'room' : 'direct', title, unread: 0 }
    const isNewer = !base.last || base.last.sentAt <= message.sentAt
    byId.value.set(message.chat, {
      ...base,
      unread: base.unread + (message.outgoing ? 0 : 1),
      last: isNewer ? message : base.last,
    })
  }

  async function load(): Promise<void> {
    const { chats } = await backend.call('chats.list', {})
    byId.value = new Map(chats.map((chat) => [chat.id, chat]))
    loaded.value = true
  }

  /** Tells the main process that everything up to this message has been seen. */
  async function markRead(chat: string, messageId: string): Promise<void> {
    const known = byId.value.get(chat)
    if (!known || known.unread === 0) return
    byId.value.set(chat, { ...known, unread: 0 })
    await backend.call('chats.markRead', { chat, messageId })
  }

  function clear(): void {
    byId.value = new Map()
    drafts.value = new Map()
    loaded.value = false
  }

  return { byId, drafts, rows, unread, loaded, load, newMessage, markRead, clear }
})

export function withState(message: Message, state: Message['state'], failure?: string): Message {
  const { failure: _, ...rest } = message
  return failure === undefined ? { ...rest, state } : { ...rest, state, failure }
}
