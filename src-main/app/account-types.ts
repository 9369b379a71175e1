import type { Clock, Log, Random } from '../base/index.ts'
import type { Chats, Receipts } from '../features/chat/index.ts'
import type { Contacts, Requests } from '../features/contacts/index.ts'
import type { RelayFees } from '../features/relay-fees/index.ts'
import type { Rooms } from '../features/rooms/index.ts'
import type { Payments } from '../features/payments/index.ts'
import type { Identity } from '../keys/index.ts'
import type { Ledger, LedgerSigner } from '../ledger/index.ts'
import type { IceServer, NodeAddress, Overlay } from '../overlay/index.ts'
import type { PeerOptions, Peers } from '../peer/index.ts'
import type { Delivery, Inbox, Sealer } from '../post/index.ts'
import type { Sessions } from '../session/index.ts'
import type { Store } from '../store/index.ts'
import type { Devices } from './devices.ts'
import type { GivenNodes } from './given-nodes.ts'
import type { LedgerWay } from './ledger-way.ts'
import type { MessageWays } from './message-ways.ts'
import type { OverlaySignalling } from './signalling.ts'
import type { AppListener, Runtime } from './types.ts'

export interface AccountParts {
  identity: Identity
  store: Store
  ledger: Ledger
  given: GivenNodes
  /** S2 nodes given by hand, as they are now: all of `given`. */
  readonly nodes: NodeAddress[]
  /** The key of an account of the wallet; throws `locked`. */
  signerOf: (index: number) => Promise<LedgerSigner>
  runtime: Runtime
  emit: AppListener
  bindAddress?: string
  clock: Clock
  random: Random
  log: Log
}

/** By which ways direct connections may go. */
export interface Ways {
  options(): PeerOptions
  /** The STUN and TURN servers that the home nodes name now. */
  use(servers: readonly IceServer[]): void
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
  readonly ways: Ways
  readonly signalling: OverlaySignalling
  readonly sessions: Sessions
  /** Absent until the ledger's chain is known for the first time. */
  readonly overlay: Overlay | undefined
  readonly sealer: Sealer | undefined
  readonly inbox: Inbox | undefined
  readonly ion: LedgerWay
  /** See AccountRelay. */
  readonly relay: {
    readonly fees: RelayFees
    readonly ways: MessageWays
    direct(how: 'sent' | 'received', bytes: number): void
  }
  readonly rooms: Rooms
  /** See KeyUpdates. */
  readonly keyUpdates: {
    links(connected: number): void
    beginAnew(chat: string): boolean
  }
  /** See OwnDevices. */
  readonly ownDevices: {
    look(): void
    ask(): Promise<void>
    asked(device: string): void
  }
  attach(overlay: Overlay, sealer: Sealer): void
  emitNetwork(): void
  reach(address: string): void
}
