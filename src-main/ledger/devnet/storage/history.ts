import type { ChainEntry } from '../entry.ts'
import type { LedgerObject } from '../objects/index.ts'
import type { ChainEvent, Checkpoint, EventFilter, EventPosition, Slice, TransactionFilter } from '../types.ts'
import { key } from './codec.ts'
import type { LedgerDatabase, Row } from './database.ts'
import { eventCondition, transactionSource } from './filters.ts'
import { gasOf } from './gas-sums.ts'
import { USE } from './schema.ts'
import { StoredEntry } from './stored-entry.ts'

/** Entries kept decoded: the newest are asked for again at once by whoever sent them. */
const CACHED_ENTRIES = 1000
/** Of their transactions and effects together: memos can be large. */
const CACHED_BYTES = 16 * 1024 * 1024
const CHECKPOINT = 'number, digest, epoch, time, end_of_epoch, total, tx, computation, burned, storage, rebate'
/** Every checkpoint has its sums. */
const CHECKPOINTS = 'checkpoint JOIN gas_sum USING (number)'

/** Everything that has happened, read from disk. Positions are checkpoint numbers. */
export class History {
  readonly #database: LedgerDatabase
  readonly #cache = new Map<number, { entry: ChainEntry; size: number }>()
  #cachedBytes = 0

  constructor(database: LedgerDatabase) {
    this.#database = database
  }

  /** Keeps a new entry at hand. */
  remember(entry: ChainEntry, size = sizeOf(entry)): void {
    this.#cache.set(entry.checkpoint, { entry, size })
    this.#cachedBytes += size
    for (const [number, oldest] of this.#cache) {
      if (this.#cache.size <= CACHED_ENTRIES && this.#cachedBytes <= CACHED_BYTES) return
      this.#cache.delete(number)
      this.#cachedBytes -= oldest.size
    }
  }

  entry(digest: string): ChainEntry | undefined {
    const row = this.#database.get('SELECT number FROM checkpoint WHERE tx = ?', digest)
    return row && this.entryAt(row['number'] as number)
  }

  /** The transaction of a checkpoint; undefined for the genesis, an epoch's turn, and what has not happened. */
  entryAt(number: number): ChainEntry | undefined {
    const known = this.#cache.get(number)
    if (known) return known.entry
    const row = this.#database.get('SELECT * FROM checkpoint WHERE number = ? AND bytes IS NOT NULL', number)
    if (!row) return undefined
    const entry = new StoredEntry(row)
    this.remember(entry, entry.size)
    return entry
  }

  checkpoint(number: number): Checkpoint | undefined {
    const row = this.#database.get(`SELECT ${CHECKPOINT} FROM ${CHECKPOINTS} WHERE number = ?`, number)
    if (!row) return undefined
    const previous = this.#database.get('SELECT digest FROM checkpoint WHERE number = ?', number - 1)
    return checkpointOf(row, previous?.['digest'] as string | undefined)
  }

  /** Number of the checkpoint with this digest. */
  checkpointOf(digest: string): number | undefined {
    return this.#database.get('SELECT number FROM checkpoint WHERE digest = ?', digest)?.['number'] as
      number | undefined
  }

  transactions(filter: TransactionFilter, { after, limit, descending }: Slice<number>): ChainEntry[] {
    const { table, where, values } = transactionSource(filter)
    const [sign, order, from] = descending ? ['<', 'DESC', after ?? Number.MAX_SAFE_INTEGER] : ['>', 'ASC', after ?? -1]
    const sql = `SELECT DISTINCT number FROM ${table} WHERE ${where} AND number ${sign} ? ORDER BY number ${order} LIMIT ?`
    const rows = this.#database.all(sql, ...values, from, limit)
    return rows.flatMap((row) => this.entryAt(row['number'] as number) ?? [])
  }

  events(filter: EventFilter, { after, limit, descending }: Slice<EventPosition>): ChainEvent[] {
    const { where, values } = eventCondition(filter)
    const [sign, order] = descending ? ['<', 'DESC'] : ['>', 'ASC']
    const start = descending ? Number.MAX_SAFE_INTEGER : -1
    const rows = this.#database.all(
      `SELECT number, sequence FROM event WHERE ${where} AND (number, sequence) ${sign} (?, ?)
       ORDER BY number ${order}, sequence ${order} LIMIT ?`,
      ...values,
      after?.checkpoint ?? start,
      after === undefined ? start : Number(after.sequence),
      limit,
    )
    return rows.flatMap(
      (row) => this.entryAt(row['number'] as number)?.execution.events[row['sequence'] as number] ?? [],
    )
  }

  /** An object as a transaction left it. Versions grow with checkpoints, so halving finds the one that wrote it. */
  objectAt(id: string, version: bigint): LedgerObject | undefined {
    const sql =
      'SELECT number, version FROM object_index WHERE id = ? AND use = ? AND number >= ? ORDER BY number LIMIT 1'
    const newest = this.#database.get(
      'SELECT max(number) AS number FROM object_index WHERE id = ? AND use = ?',
      key(id),
      USE.changed,
    )
    let [low, high] = [0, (newest?.['number'] as number | null | undefined) ?? -1]
    while (low <= high) {
      const middle = Math.floor((low + high) / 2)
      const row = this.#database.get(sql, key(id), USE.changed, middle)
      const found = BigInt((row?.['version'] as number | undefined) ?? 0)
      const number = (row?.['number'] as number | undefined) ?? high
      if (found === version) return this.entryAt(number)?.execution.changes.find((change) => change.id === id)?.after
      if (found < version) low = number + 1
      else high = middle - 1
    }
    return undefined
  }

  /** Every step from `first` on, one by one. */
  *steps(first: number): Generator<{ checkpoint: Checkpoint; entry?: ChainEntry }> {
    let previous = this.checkpoint(first - 1)?.digest
    for (const row of this.#database.each(`SELECT * FROM ${CHECKPOINTS} WHERE number >= ? ORDER BY number`, first)) {
      const checkpoint = checkpointOf(row, previous)
      previous = checkpoint.digest
      yield row['bytes'] === null ? { checkpoint } : { checkpoint, entry: new StoredEntry(row) }
    }
  }
}

function sizeOf({ transaction, execution }: ChainEntry): number {
  const events = execution.events.reduce((sum, { contents }) => sum + contents.length, 0)
  return transaction.bytes.length + execution.effects.bytes.length + events
}

function checkpointOf(row: Row, previousDigest: string | undefined): Checkpoint {
  const { tx } = row as { tx: string | null }
  return {
    number: row['number'] as number,
    digest: row['digest'] as string,
    ...(previousDigest !== undefined && { previousDigest }),
    epoch: BigInt(row['epoch'] as number),
    time: row['time'] as number,
    ...(tx !== null && { transaction: tx }),
    totalTransactions: row['total'] as number,
    gas: gasOf(row),
    endOfEpoch: row['end_of_epoch'] === 1,
  }
}
