import type { Clock, Log, Random } from '../base/index.ts'
import type { Chats, Receipts } from '../features/chat/index.ts'
import type { Contacts, Requests } from '../features/contacts/index.ts'
import type { LedgerCard, MemoBoard } from '../features/ion/index.ts'
import type { Rooms } from '../features/rooms/index.ts'
import type { Payments } from '../features/payments/index.ts'
import type { Identity } from '../keys/index.ts'
import type { Ledger, LedgerSigner } from '../ledger/index.ts'
import type { NodeAddress, Overlay } from '../overlay/index.ts'
import type { Peers } from '../peer/index.ts'
import type { Delivery, Inbox, Sealer } from '../post/index.ts'
import type { Sessions } from '../session/index.ts'
import type { OutboxRow, Store } from '../store/index.ts'
import type { DeviceCertificate } from '../wire/index.ts'
import type { Devices } from './devices.ts'
import type { OverlaySignalling } from './signalling.ts'
import type { AppListener, Runtime } from './types.ts'

export interface AccountParts {
  identity: Identity
  store: Store
  ledger: Ledger
  nodes: NodeAddress[]
  /** The key of an account of the wallet; throws `locked`. */
  signerOf: (index: number) => Promise<LedgerSigner>
  runtime: Runtime
  emit: AppListener
  bindAddress?: string
  clock: Clock
  random: Random
  log: Log
}

/** The ledger as a way to arrange connections (PROTOCOL section 7). */
export interface LedgerWay {
  readonly board: MemoBoard
  /** Records may be written, and no S2 node is linked: what can go by the ledger goes there. */
  readonly usable: boolean
  cardOf(address: string): Promise<LedgerCard | undefined>
  /** Resolves once the record is safe. Throws `offline` for what does not go by the ledger, and as `MemoBoard.post`. */
  send(to: { address: string; device: string }, envelope: Uint8Array, kind: OutboxRow['kind']): Promise<void>
  /** The same for a whole signal. */
  signal(recipient: DeviceCertificate, bytes: Uint8Array): Promise<void>
  /** A connection to this address is being arranged through the ledger. */
  isArranging(address: string): boolean
}

/** What the parts of an account see of it and of each other. */
export interface AccountContext {
  readonly parts: AccountParts
  readonly identity: Identity
  readonly store: Store
  readonly contacts: Contacts
  readonly requests: Requests
  readonly chats: Chats
  readonly receipts: Receipts
  readonly payments: Payments
  readonly delivery: Delivery
  readonly devices: Devices
  readonly peers: Peers
  readonly signalling: OverlaySignalling
  readonly sessions: Sessions
  /** Absent until the ledger's chain is known for the first time. */
  readonly overlay: Overlay | undefined
  readonly sealer: Sealer | undefined
  readonly inbox: Inbox | undefined
  readonly ion: LedgerWay
  readonly rooms: Rooms
  attach(overlay: Overlay, sealer: Sealer): void
  emitNetwork(): void
  reach(address: string): void
}
