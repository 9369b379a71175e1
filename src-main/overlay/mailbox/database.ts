import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { ParleyError } from '../../contract/index.ts'

const SCHEMA_VERSION = 2
/** Version 2. One device may be named by two wallets: a revocation counts for its own address only. */
const REVOCATIONS = `
  CREATE TABLE revocation (
    seq INTEGER PRIMARY KEY, address TEXT NOT NULL, device TEXT NOT NULL, signed BLOB NOT NULL, UNIQUE (address, device)
  );
`
const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE device (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, certificate BLOB NOT NULL, expires_at INTEGER NOT NULL,
    last_resort BLOB
  ) WITHOUT ROWID;
  CREATE INDEX device_address ON device (address);
  CREATE TABLE key_package (id INTEGER PRIMARY KEY, device TEXT NOT NULL, package BLOB NOT NULL);
  CREATE INDEX key_package_device ON key_package (device, id);
  CREATE TABLE allowed (owner TEXT NOT NULL, sender TEXT NOT NULL, PRIMARY KEY (owner, sender)) WITHOUT ROWID;
  CREATE TABLE owner (address TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE mail (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, device TEXT NOT NULL, envelope_id TEXT NOT NULL, sender TEXT NOT NULL,
    request INTEGER NOT NULL, expires_at INTEGER NOT NULL, bytes BLOB NOT NULL, size INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX mail_id ON mail (device, envelope_id);
  CREATE INDEX mail_order ON mail (device, seq);
  CREATE INDEX mail_expiry ON mail (expires_at);
  CREATE TABLE quota (
    device TEXT NOT NULL, sender TEXT NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL,
    requests INTEGER NOT NULL, PRIMARY KEY (device, sender)
  ) WITHOUT ROWID;
  CREATE TRIGGER mail_added AFTER INSERT ON mail BEGIN
    INSERT INTO quota VALUES (new.device, new.sender, 1, new.size, new.request)
    ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + new.size, requests = requests + new.request;
  END;
  CREATE TRIGGER mail_removed AFTER DELETE ON mail BEGIN
    UPDATE quota SET count = count - 1, bytes = bytes - old.size, requests = requests - old.request
      WHERE device = old.device AND sender = old.sender;
    DELETE FROM quota WHERE device = old.device AND sender = old.sender AND count <= 0;
  END;
`

export type Row = Record<string, unknown>
type Write = { task: () => unknown; resolve: (value: never) => void; reject: (error: unknown) => void }

/**
 * The node's one database file. Reads are synchronous; writes of one turn of the event loop share one transaction, so
 * that a flood of messages costs one flush to disk (measured: 0.2 ms each, 4,000 a second and more together).
 */
export class NodeDatabase {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #writes: Write[] = []
  #scheduled: NodeJS.Immediate | undefined
  #closed = false

  /** Opens or makes the file; throws `storage_damaged` or `unsupported_version`. `:memory:` for none. */
  constructor(path: string) {
    this.#database = open(path)
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[]
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined
  }

  /** Only inside `write`. Answers the number of changed rows. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes)
  }

  /** Runs the task in the next transaction; resolves with its result once that is on disk. A throw undoes this task only. */
  write<T>(task: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new ParleyError('offline', 'The node is stopping.'))
    return new Promise<T>((resolve, reject) => {
      this.#writes.push({ task, resolve, reject })
      this.#scheduled ??= setImmediate(() => this.#flush())
    })
  }

  /** Commits what waits, then closes. */
  close(): void {
    if (this.#closed) return
    this.#flush()
    this.#closed = true
    this.#statements.clear()
    this.#database.close()
  }

  #flush(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    const writes = this.#writes
    this.#writes = []
    if (writes.length === 0) return
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      const settle = writes.map((write) => this.#attempt(write))
      this.#database.exec('COMMIT')
      for (const done of settle) done()
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      const error = new ParleyError('storage_full', 'The node cannot write to its disk.', { retryAfter: 5_000, cause })
      for (const { reject } of writes) reject(error)
    }
  }

  #attempt({ task, resolve, reject }: Write): () => void {
    this.#database.exec('SAVEPOINT task')
    try {
      const value = task()
      this.#database.exec('RELEASE task')
      return () => resolve(value as never)
    } catch (error) {
      this.#database.exec('ROLLBACK TO task')
      this.#database.exec('RELEASE task')
      return () => reject(error)
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync
  try {
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
    database = new DatabaseSync(path)
    // A crash must not lose what was answered `queued`: WAL alone would, without FULL.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000')
  } catch (cause) {
    throw new ParleyError('storage_damaged', "The node's database cannot be opened.", { cause })
  }
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > SCHEMA_VERSION) {
    database.close()
    throw new ParleyError('unsupported_version', "The node's database is of a newer version.")
  }
  const steps = (version === 0 ? SCHEMA : '') + (version < 2 ? REVOCATIONS : '')
  if (steps) database.exec(`BEGIN; ${steps} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
  return database
}
