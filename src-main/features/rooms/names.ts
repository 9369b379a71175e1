import type { Chat, Message } from '../../contract/index.ts'
import type { Store } from '../../store/index.ts'

/** What rooms and their members are called, also those who left: for chats and messages as they are shown. */
export class RoomNames {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  has(id: string): boolean {
    return this.#store.rooms.get(id) !== undefined
  }

  title(id: string): string | undefined {
    return this.#store.rooms.get(id)?.title
  }

  /** The address of the member that a row of the outbox is for. */
  addressOf(room: string, device: string): string | undefined {
    return this.#store.rooms.members(room).find((member) => member.device === device)?.address
  }

  /** A room's message with its author's name; anything else as it is. */
  show(message: Message): Message {
    if (message.outgoing || !this.has(message.chat)) return message
    const members = this.#store.rooms.members(message.chat)
    const authorName = members.find(({ address }) => address === message.author)?.name
    return authorName === undefined ? message : { ...message, authorName }
  }

  /** A chat that is a room's as such; any other as it is. */
  showChat(chat: Chat): Chat {
    if (!this.has(chat.id)) return chat
    return { ...chat, kind: 'room', ...(chat.last ? { last: this.show(chat.last) } : {}) }
  }
}
