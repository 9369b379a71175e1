/**
 * What a node keeps about other people: facts, commands that change them, and the order of changes.
 *
 *   const state = createEmbeddedState({ path, limits, onError })
 *   await state.start()
 *   await state.apply('merge', { facts: [{ kind: 'mail', ...mail }], now, quota: true }) // on disk
 *   const { changes, next } = state.changes(0, 100, () => true)
 */
export { type ClusteredState, createClusteredState } from './cluster/clustered.ts'
export type { ClusterHealth } from './cluster/health.ts'
export type { ClusteredStateOptions } from './cluster/options.ts'
export type { ClusterAddress } from './cluster/connect.ts'
export { localBus } from './local-bus.ts'
export { openLockFile, type Rows } from './database.ts'
export { createEmbeddedState, type EmbeddedStateOptions } from './embedded.ts'
export { storedDevice } from './facts.ts'
export { requireEntryRoom } from './log-room.ts'
export { RESERVED_BYTES, ROW_BYTES } from './log-sizes.ts'
export { LOG_MEMORY, SqlReader } from './logs.ts'
export { hasEnvelope } from './mail.ts'
export type { StateLimits } from './merge.ts'
export { type Row, SqliteFile } from './sqlite.ts'
export { totalOf } from './totals.ts'
export type * from './types.ts'
