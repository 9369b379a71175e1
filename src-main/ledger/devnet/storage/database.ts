import { chmodSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { ParleyError } from '../../../contract/index.ts'
import { gasRows } from './gas-sums.ts'
import { GAS_SUM, SCHEMA, SCHEMA_VERSION, WITHOUT_GAS } from './schema.ts'

export type Row = Record<string, unknown>
export type { SQLInputValue } from 'node:sqlite'

/** In a data folder. */
export const DATABASE_NAME = 'ledger.db'
/** What SQLite keeps of the file in memory. */
const CACHE_KIB = 16 * 1024
/** The write-ahead log is cut back to this after a checkpoint. */
const WAL_BYTES = 64 * 1024 * 1024

/**
 * The ledger's one database file. Everything executed in one turn of the event loop joins one transaction (group commit),
 * so many senders share one flush; what was written is readable here at once and durable when `durable` resolves.
 * A failed write stops the database for good: memory is then ahead of the disk, and nothing may be answered any more.
 */
export class LedgerDatabase {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #commit: { promise: Promise<void>; immediate: NodeJS.Immediate; settle: (failure?: ParleyError) => void } | undefined
  #failure: ParleyError | undefined

  /** Opens or makes the file; without a path everything is in memory. Throws `storage_damaged` or `unsupported_version`. */
  constructor(path?: string) {
    this.#database = open(path)
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values) as Row[])
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values) as Row | undefined)
  }

  /** Rows one by one, so that a whole table need not fit into memory. */
  *each(sql: string, ...values: SQLInputValue[]): Generator<Row> {
    yield* this.#database.prepare(sql).iterate(...values) as Iterable<Row>
  }

  /** Runs statements in the transaction that the end of this turn commits. Throws `storage_full`. */
  write(task: (run: (sql: string, ...values: SQLInputValue[]) => void) => void): void {
    if (this.#failure) throw this.#failure
    try {
      if (!this.#commit) this.#begin()
      task((sql, ...values) => void this.#statement(sql).run(...values))
    } catch (cause) {
      throw this.#fail(cause)
    }
  }

  /** Resolves when everything written before is on disk. Throws `storage_full` when it cannot be written. */
  durable(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    return this.#commit?.promise ?? Promise.resolve()
  }

  async close(): Promise<void> {
    try {
      await this.#commit?.promise
    } finally {
      this.#database.close()
    }
  }

  /** Throws `storage_damaged` when pages or indexes do not fit together. Takes as long as reading the whole file. */
  checkIntegrity(): void {
    const [row] = this.all('PRAGMA integrity_check(1)')
    if (row?.['integrity_check'] !== 'ok')
      throw new ParleyError('storage_damaged', "The local ledger's database is damaged.")
  }

  #begin(): void {
    this.#database.exec('BEGIN')
    let settle: (failure?: ParleyError) => void = () => undefined
    const promise = new Promise<void>((resolve, reject) => {
      settle = (failure) => (failure ? reject(failure) : resolve())
    })
    // Whoever waits hears of a failure; where nobody does, the next write tells.
    promise.catch(() => undefined)
    this.#commit = { promise, settle, immediate: setImmediate(() => this.#flush()) }
  }

  #flush(): void {
    const committing = this.#commit
    try {
      this.#database.exec('COMMIT')
      this.#commit = undefined
      committing?.settle()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  #fail(cause: unknown): ParleyError {
    this.#failure ??= new ParleyError('storage_full', 'The local ledger cannot write its database.', { cause })
    if (this.#commit) {
      clearImmediate(this.#commit.immediate)
      this.#commit.settle(this.#failure)
      this.#commit = undefined
    }
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    return this.#failure
  }

  #guard<T>(read: () => T): T {
    if (this.#failure) throw this.#failure
    return read()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (!statement) this.#statements.set(sql, (statement = this.#database.prepare(sql)))
    return statement
  }
}

function open(path: string | undefined): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path ?? ':memory:')
    if (path !== undefined) chmodSync(path, 0o600)
    database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -${CACHE_KIB}; PRAGMA journal_size_limit = ${WAL_BYTES};
    `)
    prepareSchema(database)
    return database
  } catch (cause) {
    database?.close()
    if (cause instanceof ParleyError) throw cause
    throw new ParleyError('storage_damaged', "The local ledger's database cannot be opened.", { cause })
  }
}

function prepareSchema(database: DatabaseSync): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version === SCHEMA_VERSION) return
  if (version === WITHOUT_GAS) return addGasSums(database)
  if (version !== 0)
    throw new ParleyError('unsupported_version', 'This data folder was written by another version of Parley.')
  database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`)
}

/** All or nothing: what a kill interrupts is done again. */
function addGasSums(database: DatabaseSync): void {
  database.exec(`BEGIN; ${GAS_SUM}`)
  const insert = database.prepare('INSERT INTO gas_sum VALUES (?, ?, ?, ?, ?)')
  const checkpoints = database.prepare('SELECT number, execution FROM checkpoint ORDER BY number')
  for (const row of gasRows(checkpoints.iterate() as Iterable<Row>)) insert.run(...row)
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`)
}
