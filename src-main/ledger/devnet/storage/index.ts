/**
 * The data folder of a local ledger: a lock, the genesis, and the journal from which everything else is replayed.
 *
 *   const { journal, records } = await Journal.open(path)
 *   journal.append(record)
 *   await journal.durable() // only now may it be answered
 */
export { lockFolder } from './folder-lock.ts'
export { type Genesis, newGenesis, readGenesis, writeGenesis } from './genesis-file.ts'
export { Journal } from './journal.ts'
export type { JournalRecord } from './record.ts'
