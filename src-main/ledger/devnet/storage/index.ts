/**
 * The data folder of a local ledger: a lock, the genesis, and the database of everything that has happened.
 *
 *   const database = new LedgerDatabase(path)
 *   writeEntry(database, checkpoint, entry)
 *   await database.durable() // only now may it be answered
 *   new History(database).transactions({ sender: address }, { limit: 50, descending: true })
 */
export { damaged } from './codec.ts'
export { compareDatabases } from './compare.ts'
export { DATABASE_NAME, LedgerDatabase } from './database.ts'
export { lockFolder } from './folder-lock.ts'
export { type Genesis, newGenesis, readGenesis, writeGenesisFile } from './genesis-file.ts'
export { History } from './history.ts'
export { loadEpoch, loadEpochs, loadObjects, newestCheckpoint } from './live.ts'
export { addLocks, readLocks } from './locked.ts'
export { writeEntry, writeGenesis, writeTurn } from './writer.ts'
