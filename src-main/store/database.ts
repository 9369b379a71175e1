import { closeSync, existsSync, fsyncSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { hkdfSync } from 'node:crypto'
import Sqlite from 'better-sqlite3-multiple-ciphers'
import { equal, makeFolderSync, type Secret } from '../base/index.ts'
import { ParleyError } from '../contract/index.ts'
import { storageError } from './errors.ts'

/** 8 MiB of decrypted pages: the newest pages of a few chats; more was not faster at 1 M messages. */
const CACHE_KIB = 8192
/** The write-ahead log is cut back to this after a checkpoint, in bytes. */
const JOURNAL_LIMIT_BYTES = 16 * 1024 * 1024
/** How long a statement waits for another connection (a backup, a second process of a test), in ms. */
const BUSY_MS = 2000
const SALT_BYTES = 16

export type SqlValue = string | number | bigint | Uint8Array | null

/** A prepared statement whose failures are ParleyErrors. */
export interface Statement<Row> {
  get(...values: SqlValue[]): Row | undefined
  all(...values: SqlValue[]): Row[]
  /** Rows changed. */
  run(...values: SqlValue[] | [Record<string, SqlValue>]): number
}

/** The only door to SQLite. Statements are prepared once per text, so the texts must be constants. */
export class Database {
  readonly #sqlite: Sqlite.Database
  readonly #statements = new Map<string, Statement<unknown>>()
  readonly #transact: Sqlite.Transaction<(work: () => unknown) => unknown>

  constructor(sqlite: Sqlite.Database) {
    this.#sqlite = sqlite
    this.#transact = sqlite.transaction((work: () => unknown) => work())
  }

  /** `Row` is what the statement's text selects; the caller vouches for it. */
  prepare<Row = never>(sql: string): Statement<Row> {
    const known = this.#statements.get(sql)
    if (known) return known as Statement<Row>
    const statement = guard(() => this.#sqlite.prepare<(SqlValue | Record<string, SqlValue>)[], Row>(sql))
    const guarded: Statement<Row> = {
      get: (...values) => guard(() => statement.get(...values)),
      all: (...values) => guard(() => statement.all(...values)),
      run: (...values) => guard(() => statement.run(...values).changes),
    }
    this.#statements.set(sql, guarded)
    return guarded
  }

  exec(sql: string): void {
    guard(() => this.#sqlite.exec(sql))
  }

  pragma(text: string): unknown {
    return guard(() => this.#sqlite.pragma(text, { simple: true }))
  }

  /** Durable on return. A throw undoes it; a nested call joins, and its own throw undoes only its part if caught. */
  transaction<T>(work: () => T): T {
    return guard(() => this.#transact.immediate(work)) as T
  }

  close(): void {
    this.#statements.clear()
    guard(() => this.#sqlite.close())
  }
}

/** Opens or creates the encrypted file. `storage_damaged` for a wrong key or another kind of file, which stays as it is. */
export function openDatabase(file: string, key: Secret, readonly = false): Database {
  if (!readonly) createPrivateFile(file)
  const sqlite = guard(() => new Sqlite(file, { readonly, timeout: BUSY_MS }))
  try {
    const salt = saltOf(key)
    sqlite.pragma(`cipher='chacha20'`)
    sqlite.key(Buffer.concat([Buffer.from('raw:'), key.use(), salt]))
    sqlite.pragma('user_version')
    if (!readonly) configure(sqlite)
    return new Database(sqlite)
  } catch (thrown) {
    sqlite.close()
    const error = storageError(thrown)
    if (error.code === 'storage_damaged' && !hasSalt(file, saltOf(key)))
      throw new ParleyError(
        'storage_damaged',
        'The database does not belong to this key, or is not a Parley database.',
        {
          cause: thrown,
        },
      )
    throw error
  }
}

/** A plain file whose only use is that its exclusive lock ends with the process; undefined where another holds it. */
export function openLockFile(file: string): { close(): void } | undefined {
  createPrivateFile(file)
  const sqlite = guard(() => new Sqlite(file, { timeout: 0 }))
  try {
    sqlite.pragma('locking_mode=EXCLUSIVE')
    sqlite.pragma('journal_mode=MEMORY')
    sqlite.exec('BEGIN EXCLUSIVE')
    return { close: () => void sqlite.close() }
  } catch (thrown) {
    sqlite.close()
    const error = storageError(thrown)
    if (error.code === 'conflict') return undefined
    throw error
  }
}

function configure(sqlite: Sqlite.Database): void {
  sqlite.pragma('journal_mode=WAL')
  sqlite.pragma('synchronous=FULL')
  sqlite.pragma('temp_store=MEMORY')
  sqlite.pragma('foreign_keys=ON')
  sqlite.pragma(`cache_size=-${CACHE_KIB}`)
  sqlite.pragma(`journal_size_limit=${JOURNAL_LIMIT_BYTES}`)
}

/**
 * The cipher keeps this in the clear as the file's first bytes and does not use it with a raw key (each page has its own
 * nonce). Derived from the key, it tells a wrong key from a damaged page without telling anything about the key.
 */
function saltOf(key: Secret): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key.use(), '', 'parley/database-salt/1', SALT_BYTES))
}

function hasSalt(file: string, salt: Uint8Array): boolean {
  const head = new Uint8Array(SALT_BYTES)
  const handle = openSync(file, 'r')
  try {
    return readSync(handle, head, 0, SALT_BYTES, 0) === SALT_BYTES && equal(head, salt)
  } finally {
    closeSync(handle)
  }
}

/** SQLite gives its log files the rights of the main file. */
function createPrivateFile(file: string): void {
  if (existsSync(file)) return
  guard(() => {
    makeFolderSync(dirname(file), 'profile folder')
    const handle = openSync(file, 'wx', 0o600)
    fsyncSync(handle)
    closeSync(handle)
  })
}

function guard<T>(work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    throw storageError(thrown)
  }
}
