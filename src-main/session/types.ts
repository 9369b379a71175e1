import type { DeviceCertificate } from '../wire/index.ts'

/** A key package and its private half; the private half goes to the encrypted database only. */
export interface NewKeyPackage {
  /** Hex of the RFC 9420 KeyPackageRef (or SHA-256 of the public bytes), for finding the private half again. */
  id: string
  publicBytes: Uint8Array
  privateBytes: Uint8Array
}

export interface JoinedGroup {
  groupId: Uint8Array
  state: Uint8Array
  usedPackage: string
  members: DeviceCertificate[]
  creator: DeviceCertificate
}

/** What came out of one incoming MLS message. */
export type Incoming =
  | { kind: 'application'; plaintext: Uint8Array; sender: DeviceCertificate }
  | { kind: 'commit'; sender: DeviceCertificate; removedSelf: boolean }

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
  createGroup(groupId: Uint8Array, members: Uint8Array[]): Promise<{ state: Uint8Array; welcome: Uint8Array }>
  /** Joins by a Welcome with the one of our packages that it names. `creator` signed the Welcome. */
  join(welcome: Uint8Array, candidates: NewKeyPackage[]): Promise<JoinedGroup>
  /** Ids of key packages that a Welcome names, in hex. */
  welcomeRefs(welcome: Uint8Array): Promise<string[]>
  load(groupId: Uint8Array, state: Uint8Array): Promise<void>
  members(groupId: Uint8Array): Promise<DeviceCertificate[]>
  encrypt(groupId: Uint8Array, plaintext: Uint8Array): Promise<{ message: Uint8Array; state: Uint8Array }>
  receive(groupId: Uint8Array, message: Uint8Array): Promise<Incoming & { state: Uint8Array }>
  /** A commit that changes no member: new keys after time or messages. Undefined while it is the other device's turn. */
  update(groupId: Uint8Array): Promise<{ commit: Uint8Array; state: Uint8Array } | undefined>
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
