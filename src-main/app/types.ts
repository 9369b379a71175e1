import type { Clock, Log, Random, SecretText } from '../base/index.ts'
import type { EventName, EventPayload, Handlers } from '../contract/index.ts'
import type { KeystoreKind, SpawnKeychainProcess } from '../keys/index.ts'
import type { NodeAddress } from '../overlay/index.ts'
import type { SpawnPeerProcess } from '../peer/index.ts'
import type { SpawnMlsWorker } from '../session/index.ts'

/** What a host gives: how its runtime starts the worker and the peer process, and what it can show. */
export interface Runtime {
  readonly host: 'electron' | 'headless'
  spawnMlsWorker: SpawnMlsWorker
  spawnPeerProcess: SpawnPeerProcess
  /** Absent where the keychain of the operating system is not to be used. */
  spawnKeychainProcess?: SpawnKeychainProcess
  /** Absent where the host has no desktop. */
  openFolder?: (path: string) => Promise<void>
}

export interface AppOptions {
  version: string
  /** The profile folder; made with mode 0700 where it does not exist. Held by one instance at a time (`conflict`). */
  profile: string
  /** The ledger's JSON-RPC URL. */
  ledgerUrl: string
  /** S2 nodes given by hand. */
  nodes: NodeAddress[]
  /** `auto`: the OS keychain where it answers and no passphrase is given, otherwise the vault. */
  keystore: KeystoreKind | 'auto'
  /** Unlocks at start (bots): from PARLEY_PASSPHRASE or a prompt, never from an argument. */
  passphrase?: SecretText
  runtime: Runtime
  log: Log
  clock?: Clock
  random?: Random
  /** Binds native connections to this address; for tests on loopback. */
  bindAddress?: string
}

export type AppListener = <K extends EventName>(name: K, payload: EventPayload<K>) => void

/** The whole product without a host: every call of the contract, and its events. */
export interface App {
  readonly handlers: Handlers
  /** Every event of the contract; returns the way to stop listening. */
  subscribe(listener: AppListener): () => void
  /** Tells that the user did something, for auto-lock. */
  touch(): void
  /** Closes everything; resolves within 5 s. */
  stop(): Promise<void>
}
