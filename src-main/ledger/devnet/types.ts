import type { Clock, Log, Random } from '../../base/index.ts'

export interface DevnetOptions {
  /** Keeps the chain over restarts; without it everything is in memory only. */
  dataDir?: string
  /** 0 = any free one. */
  port: number
  /** Address to listen at; loopback unless a LAN shall use it. */
  listen: string
  clock: Clock
  log: Log
  /** 32 bytes that decide the faucet's key and the chain; random without it. An existing data folder keeps its own. */
  genesisSeed?: Uint8Array
  random?: Random
}

export interface DevnetAddress {
  /** URL of the JSON-RPC interface. */
  rpc: string
  /** URL of the faucet. */
  faucet: string
  /** Chain identifier, 8 hex digits. */
  chain: string
}

/** A local ledger that speaks the JSON-RPC of an IOTA node. Its tokens have no value. */
export interface Devnet {
  /**
   * Throws `conflict` when the port or the data folder is taken, `storage_damaged` when the folder cannot be trusted.
   */
  start(): Promise<DevnetAddress>
  /** Lets running requests end; afterwards the data folder can be opened again. */
  stop(): Promise<void>
}

/** A Move event as the chain keeps it. Its id is (digest of its transaction, `sequence`). */
export interface ChainEvent {
  transaction: string
  /** Place in its transaction, from 0. */
  sequence: bigint
  /** Package and module of the command that was called. */
  packageId: string
  module: string
  sender: string
  /** Canonical Move type. */
  type: string
  contents: Uint8Array
  /** Milliseconds since 1970. */
  time: number
}

/** A stretch of the chain; the committee is the one local node throughout. */
export interface Epoch {
  number: bigint
  /** Milliseconds since 1970. */
  startedAt: number
  firstCheckpoint: number
  /** Of an epoch that has ended: its last checkpoint, whose digest is the salt of the sector map. */
  lastCheckpoint?: number
  endedAt?: number
  /** base58 digest of `lastCheckpoint`. */
  digest?: string
}
