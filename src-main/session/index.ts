/**
 * End-to-end encrypted conversations: MLS groups of devices, run by a worker thread, their states in the store.
 *
 *   const engine = createMlsEngine({ spawn: spawnWorkerThread(entry), identity, clock, log })
 *   await engine.start()
 *   const sessions = createSessions({ engine, store, identity, clock, random, log })
 *   await sessions.encrypt(chat, event, (message, groupId) => store.outbox.add(rowOf(message, groupId)))
 */
export { createMlsEngine, type EngineParts } from './engine.ts'
export { pairChat, personOf } from './people.ts'
export { createSessions, type SessionParts } from './sessions.ts'
export { spawnWorkerThread, spawnWorkerThreadEarly } from './spawn.ts'
export type {
  Incoming,
  JoinedGroup,
  JoinedSession,
  KeyPackages,
  MadeGroup,
  MlsEngine,
  MlsWorker,
  NewKeyPackage,
  OrderedLog,
  Sessions,
  SpawnMlsWorker,
} from './types.ts'
