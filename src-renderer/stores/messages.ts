import { defineStore } from 'pinia'
import { reactive, shallowReactive } from 'vue'
import type { Message, MessageState } from '../../src-main/contract/index.ts'
import { useBackend } from '../backend/index.ts'
import { useChats, withState } from './chats.ts'

/** A page of history; the contract gives at most 200. */
const PAGE = 200
/** Conversations kept as far as they were read; the others fall back to their newest page. */
const KEPT_WHOLE = 4
/** States that may come before the answer that names their message; older ones are of no use. */
const EARLY_STATES = 200

/** Messages of one chat in rising order of time, as far as they have been loaded. */
export interface Conversation {
  messages: readonly Message[]
  loaded: boolean
  /** Whether there is nothing older. */
  complete: boolean
  loadingOlder: boolean
}

// One function by the nature of a setup store: each change stands beside the state that it changes.
// eslint-disable-next-line max-lines-per-function
export const useMessages = defineStore('messages', () => {
  const backend = useBackend()
  const chats = useChats()
  const conversations = reactive(new Map<string, Conversation>())
  const recent: string[] = []
  const early = new Map<string, { state: MessageState; failure: string | undefined }>()

  backend.on('message', (message) => upsert(message))
  backend.on('message.state', ({ chat, messageId, state, failure }) => changeState(chat, messageId, state, failure))
  backend.on('message.changed', (message) => replace(message))
  backend.on('contact', ({ contact, removed }) => {
    if (removed) conversations.delete(contact.address)
  })
  backend.on('room', ({ room, removed }) => {
    if (removed) conversations.delete(room.id)
  })

  function conversation(chat: string): Conversation {
    const known = conversations.get(chat)
    if (known) return known
    conversations.set(chat, shallowReactive({ messages: [], loaded: false, complete: false, loadingOlder: false }))
    return conversation(chat)
  }

  /** Loads the newest page, or what came while the connection was down. */
  async function open(chat: string): Promise<void> {
    keepRecent(chat)
    const shown = conversation(chat)
    const { messages } = await backend.call('chats.history', { chat, limit: PAGE })
    const page = messages.toReversed()
    const [oldest] = page
    const before = oldest ? shown.messages.filter(({ sentAt, id }) => sentAt <= oldest.sentAt && id !== oldest.id) : []
    const connected = shown.messages.some(({ id }) => id === oldest?.id)
    shown.messages = connected ? [...before, ...page] : page
    if (!connected) shown.complete = messages.length < PAGE
    shown.loaded = true
  }

  async function loadOlder(chat: string): Promise<void> {
    const shown = conversation(chat)
    const oldest = shown.messages[0]
    if (!oldest || shown.complete || shown.loadingOlder) return
    shown.loadingOlder = true
    try {
      const { messages } = await backend.call('chats.history', { chat, limit: PAGE, before: oldest.id })
      shown.messages = [...messages.toReversed(), ...shown.messages]
      shown.complete = messages.length < PAGE
    } finally {
      shown.loadingOlder = false
    }
  }

  function upsert(message: Message): void {
    const shown = conversations.get(message.chat)
    if (!shown?.loaded) return
    const at = shown.messages.findLastIndex(({ id }) => id === message.id)
    if (at >= 0) shown.messages = shown.messages.with(at, message)
    else insert(shown, message)
  }

  /** A message that changed after it came; one that is not loaded comes with its page. */
  function replace(message: Message): void {
    const shown = conversations.get(message.chat)
    const at = shown?.messages.findLastIndex(({ id }) => id === message.id) ?? -1
    if (shown && at >= 0) shown.messages = shown.messages.with(at, message)
  }

  function changeState(chat: string, id: string, state: MessageState, failure?: string): void {
    const shown = conversations.get(chat)
    const at = shown?.messages.findLastIndex((message) => message.id === id) ?? -1
    const message = shown?.messages[at]
    if (shown && message) shown.messages = shown.messages.with(at, withState(message, state, failure))
    else if (shown) rememberEarly(id, { state, failure })
  }

  /** The news of a message can overtake the answer to the call that sent it. */
  function rememberEarly(id: string, news: { state: MessageState; failure: string | undefined }): void {
    early.set(id, news)
    const [oldest] = early.keys()
    if (early.size > EARLY_STATES && oldest !== undefined) early.delete(oldest)
  }

  async function send(chat: string, text: string, author: string): Promise<void> {
    const { messageId } = await backend.call('chats.send', { chat, text })
    const shown = conversation(chat)
    if (shown.messages.some(({ id }) => id === messageId)) return
    const message: Message = { id: messageId, chat, author, outgoing: true, text, sentAt: Date.now(), state: 'sending' }
    const news = early.get(messageId)
    const current = news ? withState(message, news.state, news.failure) : message
    early.delete(messageId)
    upsert(current)
    chats.newMessage(current)
  }

  async function retry(chat: string, messageId: string): Promise<void> {
    changeState(chat, messageId, 'sending')
    await backend.call('chats.retry', { chat, messageId })
  }

  function keepRecent(chat: string): void {
    recent.splice(0, recent.length, ...[chat, ...recent.filter((other) => other !== chat)].slice(0, KEPT_WHOLE))
    for (const [other, shown] of conversations) {
      if (recent.includes(other) || shown.messages.length <= PAGE) continue
      shown.messages = shown.messages.slice(-PAGE)
      shown.complete = false
    }
  }

  function clear(): void {
    conversations.clear()
    recent.length = 0
    early.clear()
  }

  return { conversation, open, loadOlder, send, retry, clear }
})

/** Almost always at the end; a late message goes where its time belongs. */
function insert(shown: Conversation, message: Message): void {
  const at = shown.messages.findLastIndex(({ sentAt }) => sentAt <= message.sentAt) + 1
  shown.messages = shown.messages.toSpliced(at, 0, message)
}
