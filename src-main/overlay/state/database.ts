import { closeSync, openSync, renameSync, rmSync } from 'node:fs'
import { backup, DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { ParleyError } from '../../contract/index.ts'
import { sha256 } from '../../crypto/index.ts'
import { migration, SCHEMA_VERSION } from './schema.ts'
import { type Durability, openSqlite, type Row, SqliteFile, type SqliteOptions } from './sqlite.ts'

/** Reads of a state's own copy. */
export interface Rows {
  all(sql: string, ...values: SQLInputValue[]): Row[]
  get(sql: string, ...values: SQLInputValue[]): Row | undefined
}

/** Reads and writes inside a transaction. `run` answers the number of changed rows. */
export interface Writer extends Rows {
  run(sql: string, ...values: SQLInputValue[]): number
}

/** SQLite's own code: another has the file. */
const SQLITE_BUSY = 5

/** A node's state: one SQLite file. */
export class NodeDatabase extends SqliteFile implements Writer {
  readonly #options: SqliteOptions

  /** Opens or makes the file; throws `storage_damaged` or `unsupported_version`. `:memory:` for none. */
  constructor(path: string, durability: Durability = 'power') {
    const options = { path, durability, name: "node's database", version: SCHEMA_VERSION, migration, prepare }
    super(options)
    this.#options = options
  }

  /** Inside a transaction: a throw undoes this task only. */
  attempt<T>(task: () => T): T {
    this.database.exec('SAVEPOINT task')
    try {
      const value = task()
      this.database.exec('RELEASE task')
      return value
    } catch (error) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK TO task; RELEASE task')
      throw error
    }
  }

  /** Writes a copy as of one moment to a new file, beside the work. */
  async copyTo(path: string): Promise<void> {
    await backup(this.database, path)
  }

  /** Takes another database file in place of this one's. */
  replaceWith(path: string): void {
    openSqlite({ ...this.#options, path }).close()
    this.close()
    const own = this.#options.path
    for (const suffix of ['-wal', '-shm']) rmSync(own + suffix, { force: true })
    renameSync(path, own)
    this.database = openSqlite(this.#options)
  }
}

/** What a migration computes with. */
function prepare(database: DatabaseSync): void {
  database.function('sha256', { deterministic: true }, (bytes) => sha256(bytes as Uint8Array))
}

/** A file whose only use is that its exclusive lock ends with the process; undefined where another has it. Throws `storage_damaged`. */
export function openLockFile(path: string): { close(): void } | undefined {
  let database: DatabaseSync | undefined
  try {
    closeSync(openSync(path, 'a', 0o600))
    const held = new DatabaseSync(path, { timeout: 0 })
    database = held
    // Without a journal on disk nothing of it has to be cured after a crash.
    held.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return { close: () => held.isOpen && held.close() }
  } catch (cause) {
    database?.close()
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) return undefined
    throw new ParleyError('storage_damaged', "The node's folder cannot be locked.", { cause })
  }
}
