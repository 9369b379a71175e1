import type { Message, MessageState } from '../../contract/index.ts'

/** What the chat feature needs of the sessions. */
export interface ChatSessions {
  hasGroup(chat: string): boolean
  /** Encrypts one event; `persist` runs in the same transaction as the new group state. */
  encrypt(
    chat: string,
    plaintext: Uint8Array,
    persist: (message: Uint8Array, groupId: Uint8Array) => void,
  ): Promise<void>
  /** Device ids of the other in the chat's active group. */
  devices(chat: string): Promise<string[]>
  /** Where new keys are due (time or messages) and it is this device's turn: makes the commit; `persist` as in `encrypt`, where it goes to the other like a message. */
  maintenance(chat: string, persist: (commit: Uint8Array, groupId: Uint8Array) => void): Promise<boolean>
}

export interface ChatDelivery {
  wake(): void
}

export interface ChatEvents {
  message: Message
  'message.changed': Message
  'message.state': { chat: string; messageId: string; state: MessageState; failure?: string }
}
