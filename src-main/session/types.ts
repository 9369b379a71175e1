import type { Overlay } from '../overlay/index.ts'
import type { DeviceCertificate } from '../wire/index.ts'

/** A key package and its private half; the private half goes to the encrypted database only. */
export interface NewKeyPackage {
  /** Hex of the RFC 9420 KeyPackageRef (or SHA-256 of the public bytes), for finding the private half again. */
  id: string
  publicBytes: Uint8Array
  privateBytes: Uint8Array
}

/** Public halves, to publish. */
export interface KeyPackages {
  packages: Uint8Array[]
  /** Handed out again and again when the others are used up. */
  lastResort: Uint8Array
}

export interface JoinedGroup {
  groupId: Uint8Array
  state: Uint8Array
  usedPackage: string
  members: DeviceCertificate[]
  creator: DeviceCertificate
  logId: Uint8Array | undefined
}

/** What came out of one incoming MLS message. */
export type MlsIncoming =
  | { kind: 'application'; plaintext: Uint8Array; sender: DeviceCertificate }
  | { kind: 'commit'; sender: DeviceCertificate; removedSelf: boolean }
/** `hint`: no message at all; the group's log may have new keys. */
export type Incoming = MlsIncoming | { kind: 'hint' }

/** What `Overlay` has of logs: see there. */
export type OrderedLog = Pick<Overlay, 'appendLog' | 'readLog'>

/**
 * The MLS state machine in its worker thread. It keeps group states in memory as a cache of the database: every call that
 * changes a state returns it, the caller commits it together with what it made, and on a failed commit calls `forget`.
 * A new group (`createGroup`, `join`) is not loaded: `load` it once it is on disk.
 * Throws MlsError (`conflict` with a reason), `bad_signature`, `invalid_params`, `not_found` where `load` is needed,
 * `internal` when the worker died, `timeout`, `rate_limited` when too much waits.
 */
export interface MlsEngine {
  start(): Promise<void>
  stop(): Promise<void>
  /** The worker died and was started again: every group needs `load`. Returns the way to stop listening. */
  onRestart(listener: () => void): () => void
  createKeyPackages(count: number): Promise<NewKeyPackage[]>
  /** Creates the group and adds the devices; answers the state after the commit and the Welcome for them. */
  createGroup(
    groupId: Uint8Array,
    members: Uint8Array[],
  ): Promise<{ state: Uint8Array; welcome: Uint8Array; logId: Uint8Array | undefined }>
  /** Joins by a Welcome with the one of our packages that it names. `creator` signed the Welcome. */
  join(welcome: Uint8Array, candidates: NewKeyPackage[]): Promise<JoinedGroup>
  /** Ids of key packages that a Welcome names, in hex. */
  welcomeRefs(welcome: Uint8Array): Promise<string[]>
  load(groupId: Uint8Array, state: Uint8Array): Promise<void>
  members(groupId: Uint8Array): Promise<DeviceCertificate[]>
  encrypt(groupId: Uint8Array, plaintext: Uint8Array): Promise<{ message: Uint8Array; state: Uint8Array }>
  receive(groupId: Uint8Array, message: Uint8Array): Promise<MlsIncoming & { state: Uint8Array }>
  /** A commit that changes no member: new keys after time or messages. Undefined while it is the other device's turn. */
  update(groupId: Uint8Array): Promise<{ commit: Uint8Array; state: Uint8Array } | undefined>
  /** This device's place among the devices, from 0. */
  standing(groupId: Uint8Array): Promise<{ epoch: number; place: number; devices: number }>
  /** New keys as an entry for the group's log, and the state after it; changes nothing. */
  prepareUpdate(groupId: Uint8Array): Promise<{ entry: Uint8Array; next: Uint8Array }>
  adoptUpdate(groupId: Uint8Array, next: Uint8Array): Promise<{ state: Uint8Array }>
  /** Undefined for what is no key update for this epoch, found alike by all members. */
  followUpdate(
    groupId: Uint8Array,
    entry: Uint8Array,
  ): Promise<{ state: Uint8Array; sender: DeviceCertificate } | undefined>
  /** Drops the cached state, so that the next call needs `load`. */
  forget(groupId: Uint8Array): Promise<void>
}

/** How a host starts the worker thread. */
export interface MlsWorker {
  post(message: unknown, transfer?: ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
  /** Also for a crash; `error` says why. */
  onExit(listener: (error: Error | undefined) => void): void
  terminate(): Promise<void>
}
export type SpawnMlsWorker = () => MlsWorker

export interface MadeGroup {
  groupId: Uint8Array
  welcome: Uint8Array
  /** How many groups of the conversation came before it: told with the Welcome. */
  generation: number
}
export interface JoinedSession {
  groupId: Uint8Array
  members: DeviceCertificate[]
  /** New messages go to another group than before: what is not delivered must be encrypted again. */
  activeChanged: boolean
}

/**
 * End-to-end encrypted conversations of two people. Every `persist` runs in the transaction that saves the group's new
 * state: when it throws, nothing of the call has happened and the same bytes can be given again.
 *
 * Throws MlsError for what a group cannot take (see MlsReason; `state_lost` and `removed` need a new group),
 * `not_found` for an unknown group, `bad_signature`, `expired`, `invalid_params`, `unauthorized`.
 */
export interface Sessions {
  hasGroup(chat: string): boolean
  /** Device ids of the other in the active group. */
  devices(chat: string): Promise<string[]>
  /** All devices of a group, also this one. */
  members(groupId: Uint8Array): Promise<DeviceCertificate[]>
  /** Key packages to publish so that `target` wait at the home nodes, where `remaining` still do. */
  ensureKeyPackages(target: number, remaining?: number): Promise<KeyPackages>
  /** A new group with these devices, active at once. */
  create(chat: string, keyPackages: Uint8Array[], persist?: (made: MadeGroup) => void): Promise<MadeGroup>
  /**
   * `chat` is the other's address, or the `pairChat` of one of its devices: then the group is of that conversation.
   * `generation` as its maker told it (see `replaces`); undefined where only one device ever makes groups.
   */
  joinByWelcome(
    welcome: Uint8Array,
    chat: string,
    persist?: (joined: JoinedSession) => void,
    generation?: number,
  ): Promise<JoinedSession>
  encrypt(
    chat: string,
    plaintext: Uint8Array,
    persist: (message: Uint8Array, groupId: Uint8Array) => void,
  ): Promise<void>
  /** As `encrypt`, for several in one transaction, in this order. */
  encryptMany(
    chat: string,
    plaintexts: Uint8Array[],
    persist: (messages: Uint8Array[], groupId: Uint8Array) => void,
  ): Promise<void>
  /**
   * `later`: it is from an epoch that this device has not reached; nothing has changed, give it again after a commit, or
   * when `advance` has gone forward.
   */
  receive(groupId: Uint8Array, message: Uint8Array, persist: (incoming: Incoming) => void): Promise<'read' | 'later'>
  /**
   * Makes a commit with new keys where one is due and this device may; it goes to the other like a message. With more than
   * two devices it goes to the group's log, which decides, and `persist` is not called. May reject as the log does (`offline`,
   * `timeout`, `storage_full`, `rate_limited`); what was begun is kept, and the next call goes on with it.
   * `timeout` also while the log is not the one that was: it is given up after several looks.
   */
  maintenance(chat: string, persist: (commit: Uint8Array, groupId: Uint8Array) => void): Promise<boolean>
  /** Goes one epoch forward where the group's log has new keys; false where it has none. Rejects as the log does. */
  advance(groupId: Uint8Array): Promise<boolean>
  /** Stops using a group whose state is lost, so that the next one becomes active. */
  abandon(groupId: Uint8Array): Promise<void>
}
