import type { Clock, DailyBudget, Log, Random } from '../../base/index.ts'
import type { Fee, Message, MessageState, Room, SignallingCost } from '../../contract/index.ts'
import type { LedgerMemo } from '../../ledger/index.ts'
import type { Sealer } from '../../post/index.ts'
import type { Store } from '../../store/index.ts'
import type { DeviceCertificate } from '../../wire/index.ts'
import type { Ticket } from './tickets.ts'

/** What rooms need of the board of memos. */
export interface RoomBoard {
  watch(
    address: string,
    options: { magic: Uint8Array; from: 'start'; expecting: () => boolean },
    listener: (memos: LedgerMemo[]) => Promise<void> | void,
  ): { look(): void; stop(): void }
  post(to: string, memo: Uint8Array, purpose: 'room'): Promise<{ digest: string; fee: Fee }>
  cost(records: number, memoBytes?: number): Promise<SignallingCost>
  allowed(): boolean
}

/** What rooms need of the direct connections. */
export interface RoomPeers {
  connect(device: string): void
  disconnect(device: string): void
  renew(device: string): void
  isOpen(device: string): boolean
  rttMs(device: string): number | undefined
  send(device: string, bytes: Uint8Array): Promise<void>
  sendData(device: string, bytes: Uint8Array, options: { label: Uint8Array }): Promise<void>
}

/** What rooms need of the end-to-end encrypted sessions; `chat` is a `pairChat`. */
export interface RoomSessions {
  ensureKeyPackages(target: number, remaining?: number): Promise<{ lastResort: Uint8Array }>
  create(chat: string, keyPackages: Uint8Array[]): Promise<{ groupId: Uint8Array; welcome: Uint8Array }>
  joinByWelcome(welcome: Uint8Array, chat: string): Promise<{ groupId: Uint8Array }>
  encrypt(
    chat: string,
    plaintext: Uint8Array,
    persist: (message: Uint8Array, groupId: Uint8Array) => void,
  ): Promise<void>
  maintenance(chat: string, persist: (commit: Uint8Array, groupId: Uint8Array) => void): Promise<boolean>
}

export interface RoomsParts {
  store: Store
  board: RoomBoard
  peers: RoomPeers
  sessions: RoomSessions
  delivery: { wake(): void; hasten(address: string): void }
  /** Remembers a checked certificate, so that its device can be connected to. */
  learn(certificate: DeviceCertificate): void
  certificateOf(device: string): DeviceCertificate | undefined
  /** Takes in an envelope that came by way of another member or of the ledger. */
  receive(envelope: Uint8Array, fromDevice: string): void
  /** What could not be read because its group was missing is tried again. */
  retryWaiting(): void
  /** Whether others may learn this device's network address: without that nobody can be met. */
  direct(): boolean
  self: { address: string; device: string; name: string }
  clock: Clock
  random: Random
  log: Log
}

/** What one live room shares with the others. */
export interface RoomContext extends RoomsParts {
  /** Records of today, by room; kept over restarts. */
  budget: DailyBudget
  sealer: Sealer
  /** Something that is shown has changed. */
  changed(room: string): void
  /** A member is connected: its session and what waits for it. */
  met(room: string, member: Ticket, session?: Uint8Array): void
  /** The MLS group that this device has for the pair. */
  sessionOf(address: string, device: string): Uint8Array | undefined
}

export interface RoomEvents {
  room: { room: Room; removed: boolean }
  message: Message
  'message.state': { chat: string; messageId: string; state: MessageState; failure?: string }
  data: { roomId: string; from: string; dataId: string; data: Uint8Array<ArrayBuffer> }
}
