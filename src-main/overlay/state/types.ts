import type { Answer as LogReply } from '../log/core/types.ts'
import type { LogStep } from '../log/core/step.ts'
import type { Rows } from './database.ts'

/**
 * What a node keeps about other people, as facts that several nodes (replicas) and several processes of one operator
 * hold alike. Each fact merges with what is there in any order, any number of times, with the same result.
 */
export type Fact =
  /** An envelope that waits for a device. It gives way to `Accepted` of the same bytes, for as long as it would last. */
  | ({ kind: 'mail' } & Mail)
  /** The device says, signed, that it has it on disk: nobody keeps or takes it any more. */
  | ({ kind: 'accepted' } & Accepted)
  /** Who may write to an address, signed by one of its devices: the highest version counts. */
  | ({ kind: 'allowed' } & Allowed)
  /** A device of an address: the newest certificate and the newest last resort count. */
  | ({ kind: 'device' } & DeviceFact)
  /** Beats every certificate of the device, for good. */
  | { kind: 'revocation'; address: string; device: string; signed: Uint8Array }

export interface Mail {
  /** The recipient. */
  address: string
  device: string
  /** 32 hex digits. */
  envelopeId: string
  /** The sender's address. */
  sender: string
  /** From somebody who is not allowed to write. */
  request: boolean
  /** Milliseconds since 1970. */
  expiresAt: number
  bytes: Uint8Array
}

export interface Accepted {
  address: string
  device: string
  /** SHA-256 of the envelope: whoever makes another one with the same id says nothing of this one. */
  digest: Uint8Array
  /** The device's, 64 bytes; see `mailbox/acceptance.ts`. */
  signature: Uint8Array
  /** When the envelope would have expired; the fact is forgotten then. Not signed. */
  expiresAt: number
}

export interface Allowed {
  address: string
  /** Rises with every change of the list; given by the device (its clock in ms, or one more than the last). */
  version: number
  senders: readonly string[]
  /** Signed `DeviceCertificate` of the device that said so. */
  certificate: Uint8Array
  /** That device's, 64 bytes; see `mailbox/allow-list.ts`. */
  signature: Uint8Array
}

export interface DeviceFact {
  address: string
  device: string
  /** Signed `DeviceCertificate`. */
  certificate: Uint8Array
  issuedAt: number
  expiresAt: number
  /** Key package that is handed out when no other is left. */
  lastResort?: LastResort
}

export interface LastResort {
  /** Of two the higher counts; given by the device. */
  version: number
  keyPackage: Uint8Array
  /** The device's, 64 bytes; see `mailbox/key-package.ts`. */
  signature: Uint8Array
}

/** A fact with its place in this state's order of changes, for those who catch up. */
export interface Change {
  seq: number
  fact: Fact
}

/**
 * A node's durable state. Every write is one command, which is plain data: the embedded state applies it to its own
 * database; the clustered one puts it into a log that every process of the operator applies in the same order, and
 * resolves when it is applied here. Reads are of this process's own copy and answer at once.
 */
export interface NodeState {
  /** Resolves when reads are complete: from disk, or after the cluster's log has been read to its end. */
  start(): Promise<void>
  stop(): Promise<void>
  /**
   * Resolves with the command's result once it survives any one crash. Rejects with the command's own refusal
   * (`rate_limited`, `revoked`, `too_large`), `storage_full`, or `offline` where the cluster cannot be reached in time; after
   * that the same command may be given again with the same effect as once.
   */
  apply<K extends keyof Commands>(kind: K, command: Commands[K]['command']): Promise<Commands[K]['result']>
  /** After every command that was applied here, whoever gave it. */
  onApplied(listener: (facts: readonly Fact[]) => void): () => void
  /**
   * Facts whose `seq` is above `after`, oldest first, of addresses for which `wanted` holds; `next` to go on from. There is no
   * more where `next` is `after`; an answer without changes may have more behind it. Only the newest change of a fact is
   * told, and what was forgotten (expired, or mail that gave way) is not. An `after` beyond the end starts over.
   */
  changes(after: number, limit: number, wanted: (address: string) => boolean): { changes: Change[]; next: number }
  /** Hex; another one means other numbers: whoever remembers a `seq` of this state starts over. Known after `start`. */
  readonly incarnation: string
}

/** A state with its tables, for the parts of a node that read them. */
export interface LocalState extends NodeState {
  /** This process's own copy; throws `offline` before `start` and after `stop`. */
  readonly rows: Rows
}

/** All writes. Times come with the command, so that every process computes the same. */
export interface Commands {
  /**
   * Takes facts in, from a device or a replica, which have been checked by their signatures; answers those that were news.
   * `quota`: one refusal refuses all; without it a fact that is refused (revoked, no room) is left out and was no news.
   * `vouched`: another node says who sent it, so mail has the room of replicas.
   */
  merge: { command: { facts: readonly Fact[]; now: number; quota: boolean; vouched?: boolean }; result: Fact[] }
  /** The device links here: whose devices were not seen for longest give way to others. Told to no replica. */
  see: { command: { address: string; device: string; now: number }; result: void }
  /** Adds one-time key packages, each as the bytes of a `SignedKeyPackage` (beyond MAX_STOCK the oldest go); answers the stock. */
  publishKeyPackages: { command: { device: string; packages: readonly Uint8Array[] }; result: number }
  /** Takes one package for each device named: never the same one twice. */
  takeKeyPackages: { command: { devices: readonly string[] }; result: { device: string; keyPackage: Uint8Array }[] }
  /** Forgets what has expired, so many at most; answers how many were forgotten. */
  sweep: { command: { now: number; limit: number }; result: number }
  /** Drops the facts at these places of the order of changes, without a word to replicas: others have them. Never revocations. */
  forget: { command: { seqs: readonly number[] }; result: number }
  /** Small values of the node itself (chain, salt, cursors); `undefined` forgets. */
  setMeta: { command: { name: string; value: Uint8Array | undefined }; result: void }
  /** A step of a group log: what it promises or accepts is on disk before it is answered. */
  log: { command: LogStep; result: LogReply }
  /**
   * Forgets logs that this node (`self`) does not keep and has not heard of since `before`, so many at most; answers how many. What is in logs that it
   * keeps is given up by all their members together.
   */
  sweepLogs: { command: { self: string; before: number; limit: number }; result: number }
}

/**
 * What processes of one operator tell each other without keeping it. With the embedded state there is nobody to tell.
 */
export interface NodeBus {
  /** Tells all other processes; best effort, in order per sender. */
  publish(topic: 'presence', bytes: Uint8Array): void
  subscribe(topic: 'presence', listener: (bytes: Uint8Array) => void): () => void
  /** What a joining process is told under `presence`; what others have is told here the same way, now and after a break. */
  share(all: () => readonly Uint8Array[]): void
  /** This process has the device's link (a newer link elsewhere ends it: `onTaken`). */
  hold(device: string, serve: (bytes: Uint8Array) => Promise<Uint8Array>, onTaken: () => void): () => void
  /** Asks the process that holds the device's link; undefined where none does, or it does not answer in time. */
  ask(device: string, bytes: Uint8Array, ms: number): Promise<Uint8Array | undefined>
}
