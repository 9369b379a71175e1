import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { ParleyError } from '../../contract/index.ts'

export type Row = Record<string, unknown>

/**
 * How much a commit must survive. `power`: what is answered is on disk. `process`: kill -9; for a copy of what others
 * keep too.
 */
export type Durability = 'power' | 'process'

export interface SqliteOptions {
  /** `:memory:` for none. */
  path: string
  /** As it is called in an error. */
  name: string
  version: number
  /** What brings a file of an earlier version (0: empty) to this one. */
  migration(version: number): string
  /** Before the migration: what its SQL needs. */
  prepare?(database: DatabaseSync): void
  durability?: Durability
}

/** One SQLite file with its statements, for its owner alone. Everything is synchronous. */
export class SqliteFile {
  protected database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Opens or makes the file. Throws `storage_damaged` or `unsupported_version`. */
  constructor(options: SqliteOptions) {
    this.database = openSqlite(options)
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[]
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined
  }

  /** Only inside `transaction`; answers the number of changed rows. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes)
  }

  /** A throw undoes all of it. Throws `storage_full` where the disk refuses, and what `work` throws as ParleyError. */
  transaction<T>(work: () => T): T {
    try {
      this.database.exec('BEGIN IMMEDIATE')
      const value = work()
      this.database.exec('COMMIT')
      return value
    } catch (cause) {
      if (this.database.isTransaction) this.database.exec('ROLLBACK')
      if (cause instanceof ParleyError) throw cause
      throw new ParleyError('storage_full', 'The node cannot write to its disk.', { retryAfter: 5_000, cause })
    }
  }

  close(): void {
    this.#statements.clear()
    if (this.database.isOpen) this.database.close()
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

/** Throws `storage_damaged` or `unsupported_version`. */
export function openSqlite({ path, name, version, migration, prepare, durability }: SqliteOptions): DatabaseSync {
  let database: DatabaseSync
  try {
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
    database = new DatabaseSync(path)
    // What was answered must survive the power's end: WAL alone would not, without FULL.
    const synchronous = durability === 'process' ? 'NORMAL' : 'FULL'
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA busy_timeout = 2000`)
  } catch (cause) {
    throw new ParleyError('storage_damaged', `The ${name} cannot be opened.`, { cause })
  }
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (found > version) {
    database.close()
    throw new ParleyError('unsupported_version', `The ${name} is of a newer version.`)
  }
  if (found === version) return database
  prepare?.(database)
  database.exec(`BEGIN IMMEDIATE; ${migration(found)} PRAGMA user_version = ${version}; COMMIT`)
  return database
}
