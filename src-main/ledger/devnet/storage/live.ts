import { type LedgerObject, ObjectTable } from '../objects/index.ts'
import type { Epoch } from '../types.ts'
import { damaged, decode, key } from './codec.ts'
import type { LedgerDatabase, Row } from './database.ts'

/** The live objects, as the last durable transaction left them. Throws `storage_damaged`. */
export function loadObjects(database: LedgerDatabase): ObjectTable {
  const table = new ObjectTable()
  for (const row of database.each('SELECT id, value FROM object')) {
    const object = decode<LedgerObject>(row['value'])
    if (keyOf(object) !== String(row['id'])) throw damaged(`The object ${object.id} is in a wrong place.`)
    table.put(object)
  }
  return table
}

function keyOf({ id }: LedgerObject): string {
  try {
    return key(id).toString()
  } catch (cause) {
    throw damaged('An object of the local ledger cannot be read.', cause)
  }
}

/** Epochs, newest first, at most `limit`. */
export function loadEpochs(database: LedgerDatabase, limit: number): Epoch[] {
  return database.all('SELECT * FROM epoch ORDER BY number DESC LIMIT ?', limit).map(epochOf)
}

export function loadEpoch(database: LedgerDatabase, number: bigint): Epoch | undefined {
  const row = database.get('SELECT * FROM epoch WHERE number = ?', number)
  return row && epochOf(row)
}

/** Number of the newest checkpoint; undefined in a database without a genesis. */
export function newestCheckpoint(database: LedgerDatabase): number | undefined {
  const row = database.get('SELECT max(number) AS number FROM checkpoint')
  return (row?.['number'] as number | null | undefined) ?? undefined
}

function epochOf(row: Row): Epoch {
  const epoch = {
    number: BigInt(row['number'] as number),
    startedAt: row['started_at'] as number,
    firstCheckpoint: row['first'] as number,
  }
  if (row['last'] === null) return epoch
  return {
    ...epoch,
    lastCheckpoint: row['last'] as number,
    endedAt: row['ended_at'] as number,
    digest: row['digest'] as string,
  }
}
