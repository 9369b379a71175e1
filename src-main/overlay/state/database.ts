import { closeSync, openSync, renameSync, rmSync } from 'node:fs'
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { ParleyError } from '../../contract/index.ts'
import { sha256 } from '../../crypto/index.ts'
import { migration, SCHEMA_VERSION } from './schema.ts'

export type Row = Record<string, unknown>

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

/**
 * How much a commit must survive. `power`: what is answered is on disk. `process`: kill -9; for a copy of what others
 * keep too.
 */
export type Durability = 'power' | 'process'

/** One SQLite file with its statements. Everything is synchronous. */
export class NodeDatabase implements Writer {
  readonly #path: string
  readonly #durability: Durability
  #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #closed = false

  /** Opens or makes the file; throws `storage_damaged` or `unsupported_version`. `:memory:` for none. */
  constructor(path: string, durability: Durability = 'power') {
    this.#path = path
    this.#durability = durability
    this.#database = open(path, durability)
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[]
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined
  }

  /** Only inside `transaction`. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes)
  }

  /** Commits what the work did; a throw undoes all of it. Throws `storage_full` where the disk refuses. */
  transaction<T>(work: () => T): T {
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      const value = work()
      this.#database.exec('COMMIT')
      return value
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw new ParleyError('storage_full', 'The node cannot write to its disk.', { retryAfter: 5_000, cause })
    }
  }

  /** Inside a transaction: a throw undoes this task only. */
  attempt<T>(task: () => T): T {
    this.#database.exec('SAVEPOINT task')
    try {
      const value = task()
      this.#database.exec('RELEASE task')
      return value
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK TO task; RELEASE task')
      throw error
    }
  }

  /** Writes a copy as of one moment to a new file, beside the work. */
  async copyTo(path: string): Promise<void> {
    await backup(this.#database, path)
  }

  /** Takes another database file in place of this one's. */
  replaceWith(path: string): void {
    open(path, this.#durability).close()
    this.#shut()
    for (const suffix of ['-wal', '-shm']) rmSync(this.#path + suffix, { force: true })
    renameSync(path, this.#path)
    this.#database = open(this.#path, this.#durability)
    this.#closed = false
  }

  close(): void {
    if (!this.#closed) this.#shut()
  }

  #shut(): void {
    this.#closed = true
    this.#statements.clear()
    this.#database.close()
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

function open(path: string, durability: Durability): DatabaseSync {
  let database: DatabaseSync
  try {
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
    database = new DatabaseSync(path)
    // A crash must not lose what was answered `queued`: WAL alone would, without FULL.
    const synchronous = durability === 'power' ? 'FULL' : 'NORMAL'
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA busy_timeout = 2000`)
  } catch (cause) {
    throw new ParleyError('storage_damaged', "The node's database cannot be opened.", { cause })
  }
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > SCHEMA_VERSION) {
    database.close()
    throw new ParleyError('unsupported_version', "The node's database is of a newer version.")
  }
  const steps = migration(version)
  if (steps) database.function('sha256', { deterministic: true }, (bytes) => sha256(bytes as Uint8Array))
  if (steps) database.exec(`BEGIN; ${steps} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
  return database
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
