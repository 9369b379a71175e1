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
  /** Whether a new chain begins with the project's Move package at LOCAL_PACKAGE; yes unless told. */
  withPackage?: boolean
  /** Length of an epoch; a day without it. */
  epochMs?: number
  /**
   * Test switch: two different transactions over one object version, sent while neither is executed, lock it for both until
   * the epoch turns, as when validators have signed different ones. Without it the first one wins.
   */
  equivocation?: boolean
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

/** What executing a whole chain again has shown to be as it was kept. */
export interface VerifiedLedger {
  /** Chain identifier, 8 hex digits. */
  chain: string
  /** Transactions whose signatures were checked and that were executed again. */
  transactions: number
  checkpoints: number
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
  checkpoint: number
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

/** NANOS that transactions have cost in all. */
export interface GasSums {
  computation: bigint
  /** Of `computation`: all of it, since nobody is rewarded. */
  burned: bigint
  /** Deposits for what was written. */
  storage: bigint
  /** Deposits that came back. */
  rebate: bigint
}

/** Every checkpoint has one transaction, or none where an epoch ends and the next begins. */
export interface Checkpoint {
  /** From 0, the genesis. */
  number: number
  /** base58; each covers the one before. */
  digest: string
  /** Absent for the genesis. */
  previousDigest?: string
  epoch: bigint
  /** Milliseconds since 1970. */
  time: number
  /** Digest of its transaction. */
  transaction?: string
  /** Transactions up to and with this one; the genesis is the first. */
  totalTransactions: number
  /** Of the same transactions. */
  gas: GasSums
  /** It is the last of its epoch: its digest is the salt of the next one. */
  endOfEpoch: boolean
}

/** Which transactions. `input` are those that had the object as input, `changed` those that wrote or deleted it. */
export type TransactionFilter =
  | { all: true }
  | { sender: string; recipient?: string }
  | { recipient: string }
  | { party: string }
  | { changed: string }
  | { input: string }
  | { gone: string }
  | { checkpoint: number }
  | { package: string; module?: string; function?: string }

/** Which events: `module` is what was called, `definedIn` where the event's type is declared, `type` canonical. */
export type EventFilter =
  | { all: true }
  | { sender: string }
  | { transaction: string }
  | { package: string; module?: string }
  | { definedIn: { package: string; module?: string } }
  | { type: string }
  | { from: number; to: number }

/** A piece of a list; `after` is the last one that was seen, in the direction of reading. Oldest first unless descending. */
export interface Slice<Position> {
  after?: Position
  limit: number
  descending?: boolean
}

/** An event's place in the chain. */
export interface EventPosition {
  /** Checkpoint of its transaction. */
  checkpoint: number
  sequence: bigint
}
