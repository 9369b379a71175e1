/**
 * The encrypted database of one profile: one repository per domain over one SQLite file, and the profile's lock.
 *
 *   const lock = acquireProfileLock(dir)
 *   const store = openStore({ file: join(dir, 'parley.db'), key: identity.databaseKey, clock, log })
 *   store.transaction(() => {
 *     if (store.messages.insert(row)) store.outbox.add(delivery)
 *   })
 */
export { acquireProfileLock, type ProfileLock } from './lock.ts'
export { openStore, type StoreOptions } from './open.ts'
export type * from './relay-fee-types.ts'
export type * from './types.ts'
export type * from './wallet-types.ts'
