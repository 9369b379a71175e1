import type { Clock, Log, Random } from '../../../base/index.ts'
import type { StateLimits } from '../merge.ts'
import type { ClusterAddress } from './connect.ts'

/** Bytes of the log where nothing else is said. */
export const LOG_BYTES = 1024 * 1024 * 1024
/** A change of the log's leader takes 4 to 9 s; a client waits for 14. */
export const ANSWER_MS = 10_000
export const SNAPSHOT_EVERY = 5_000
/** A snapshot is taken when so much of the log's room is used, however few messages it is. */
export const SNAPSHOT_SHARE = 4
/** After a snapshot that failed: the log goes on growing meanwhile. */
export const SNAPSHOT_AGAIN_MS = 30_000

export interface ClusteredStateOptions extends ClusterAddress {
  /** Of the state within the cluster: letters, digits, `-` and `_`. */
  name: string
  /** Hex of the node's public key: all processes of one state have the same. */
  nodeKey: string
  /** SQLite file of this process's own copy; no other process may have it. */
  path: string
  /** Database of the node when it was one process: what it has goes into the cluster, then it is renamed. */
  takeOver?: string
  /** Copies that the cluster keeps of its log, 1 to 5; three where it is absent. A state that has fewer is raised to it. */
  replicas?: number
  /** Milliseconds that a start waits for a cluster of so many servers. */
  serversMs?: number
  /** Messages of the log from one snapshot to the next. */
  snapshotEvery?: number
  /** Bytes of the log that the cluster keeps at most. */
  logBytes?: number
  /** Milliseconds until a command is answered `offline`. */
  answerMs?: number
  limits: StateLimits
  clock: Clock
  random: Random
  log: Log
}
