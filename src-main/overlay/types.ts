import type { Traffic } from '../base/index.ts'
import type { PathKind } from '../contract/index.ts'
import type { SigningKey } from '../crypto/index.ts'
import type { DeviceCertificate, DeviceRevocation, PresenceV1 } from '../wire/index.ts'
import type { LinkedNode } from './fees/linked-node.ts'

/** A node as given by hand: `wss://host:port#FINGERPRINT` (SHA-256 of the TLS certificate, hex). */
export interface NodeAddress {
  /** `wss://host:port`, tried in any order; at least one. */
  endpoints: readonly string[]
  /** 64 lower-case hex digits. */
  fingerprint: string
}

/** A node whose key is known. */
export interface KnownNode extends NodeAddress {
  /** Hex. */
  nodeKey: string
  /** Its record on the ledger, where it has one. */
  object?: string | null
}

/** Where a device keeps the nodes that it has learnt, for its next start. Neither call may throw. */
export interface NodeMemory {
  load(): readonly KnownNode[]
  save(nodes: readonly KnownNode[]): void
}

/** A presence packet whose certificate, signature and times have been checked. */
export interface CheckedPresence extends PresenceV1 {
  checked: DeviceCertificate
  /** The signed bytes, to store and forward. */
  signed: Uint8Array
  expiresAt: number
}

/** Where an envelope goes. */
export interface Recipient {
  address: string
  /** Device id (hex of the device public key). */
  device: string
}

/** `request` is the one thing a stranger may send; `signal` is dropped rather than stored when the device is offline. */
export type Urgency = 'message' | 'request' | 'signal'

/** `delivered`: the device has it on disk. `queued`: its mailbox has it on disk. `dropped`: the device is offline, and it was a signal, or to be kept for no time. */
export type SendResult = 'delivered' | 'queued' | 'dropped'

/** A key package as published: MLS bytes, bound to its device by the certificate inside. */
export interface PublishedKeyPackage {
  /** Signed device certificate of the owner. */
  certificate: Uint8Array
  keyPackage: Uint8Array
}

export interface OverlayEvents {
  /**
   * An envelope arrived, from the mailbox or live. Call `accept` once it is durable: only then does the sender or the
   * mailbox hear `delivered`. Without it the envelope comes again on a later link.
   */
  envelope: { bytes: Uint8Array; fromDevice: string; accept: () => void }
  presence: { address: string; online: boolean; devices: CheckedPresence[] }
  links: LinkStatus[]
  /** The servers for direct paths that the home nodes name now; comes again whenever credentials are renewed. */
  ice: readonly IceServer[]
  /** A checked revocation that the book does not have, of an address that was watched or asked about. */
  revocation: DeviceRevocation
  /** The stock of key packages at the home nodes is below what was asked for: publish more. */
  keyPackagesLow: { remaining: number }
}

/** A STUN or TURN server (RFC 7064, RFC 7065); TURN has credentials that hold for minutes. */
export interface IceServer {
  url: string
  username?: string
  password?: string
}

export interface LinkStatus {
  endpoint: string
  state: 'connecting' | 'connected' | 'waiting' | 'stopped'
  home: boolean
  rttMs?: number
  /** Why it is not connected: an error code. */
  reason?: string
}

export interface OverlayIdentity {
  certificate: DeviceCertificate
  deviceKey: SigningKey
}

/** Where a device keeps the revocations that it knows. */
export interface RevocationBook {
  has(address: string, device: string): boolean
  /** Signed revocations of devices of its own address: told to every node that it links to. */
  own(): Uint8Array[]
}

/** `won`: the given entry is the epoch's, for everybody and for ever. Otherwise the one that is. */
export type LogResult = { won: true } | { won: false; entry: Uint8Array }

export interface LogEntry {
  epoch: number
  entry: Uint8Array
}

/** A device's side of the overlay. Every call ends within its deadline; `offline` where no node can be reached. */
export interface Overlay {
  start(): Promise<void>
  /** Says a signed goodbye where it can within a second, then closes. */
  stop(): Promise<void>
  on<K extends keyof OverlayEvents>(name: K, listener: (payload: OverlayEvents[K]) => void): () => void
  links(): LinkStatus[]
  /** The nodes that are linked now, to ask them things of their own. */
  nodes(): LinkedNode[]
  /** Bytes of frames since the start: by hour, and for each node that is or should be linked. */
  traffic(): {
    hours: { at: number; traffic: Traffic }[]
    /** `registered`: its record was checked against the ledger's registry. */
    nodes: { endpoint: string; nodeKey: string | undefined; registered: boolean; traffic: Traffic }[]
  }
  /** How far this device's clock is ahead of its nodes' (negative: behind), where it is a minute or more. */
  clockAheadMs(): number | undefined
  /** Nodes that were read from the ledger's registry: tried like those that nodes name. */
  learn(nodes: readonly KnownNode[]): void
  /** Replaces the nodes given by hand: new ones are tried at once, links to those that nothing else speaks for end. */
  setGiven(nodes: readonly NodeAddress[]): void
  /**
   * Links to a node once, as a device does, and leaves; resolves at once where it is linked. `conflict`: it serves another ledger; `bad_signature`: another
   * certificate or key; `offline` and `timeout`: no node answers there.
   */
  tryNode(node: NodeAddress): Promise<void>
  /** The machine may be in another network now: every link proves itself at once, or is dialled anew. */
  checkLinks(): void
  /** The contacts whose presence is pushed here and who may write here; replaces the set before. */
  setContacts(addresses: readonly string[]): void
  /** Resolves once the nodes that are linked know the contacts set last, or could not be told within a request's time. */
  contactsTold(): Promise<void>
  isOnline(address: string): boolean
  /** Devices with a living presence; asks the address's home nodes. */
  lookup(address: string): Promise<CheckedPresence[]>
  /** Tells the linked nodes; resolves when one has it on disk. The rest hear of it from there, and with their next link. */
  publishRevocation(signed: Uint8Array): Promise<void>
  /** Devices of this address that the linked nodes know, revoked ones left out. */
  ownDevices(): Promise<DeviceCertificate[]>
  send(to: Recipient, envelope: Uint8Array, urgency: Urgency, ttlMs: number): Promise<SendResult>
  /** Adds to the stock at the home nodes (each package is handed out once; `lastResort` again and again). */
  publishKeyPackages(packages: Uint8Array[], lastResort: Uint8Array): Promise<void>
  /** One unused package for each device of an address, or each of those named; empty where it has never published. */
  takeKeyPackages(address: string, devices?: readonly string[]): Promise<PublishedKeyPackage[]>
  /**
   * Puts an entry (1 to 65,536 bytes) into the group's log (id of 32 bytes): the first one for an epoch wins. After `offline` or
   * `timeout` it may have won or not; the same entry may be given again. Rejects with `too_large`, `storage_full`
   * (the log, or what this address may have of logs, is full) or `rate_limited`.
   */
  appendLog(group: Uint8Array, epoch: number, entry: Uint8Array): Promise<LogResult>
  /** The winners from an epoch on, in order, at most `limit`: all that were decided before the call. */
  readLog(group: Uint8Array, fromEpoch: number, limit: number): Promise<LogEntry[]>
}

export type { PathKind }
