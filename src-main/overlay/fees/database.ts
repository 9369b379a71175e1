import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { ParleyError } from '../../contract/index.ts'

/** NANOS and their parts are text: SQLite's integers end at 2^63. */
const SCHEMA = `
  CREATE TABLE meter (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL);
  CREATE TABLE account (
    address TEXT PRIMARY KEY, day INTEGER NOT NULL, free_used INTEGER NOT NULL, at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX account_at ON account (at);
  CREATE TABLE use (
    address TEXT NOT NULL, device TEXT NOT NULL, relayed TEXT NOT NULL, stored TEXT NOT NULL, charged TEXT NOT NULL,
    at INTEGER NOT NULL, paid TEXT NOT NULL, postage TEXT NOT NULL DEFAULT '0', PRIMARY KEY (address, device)
  ) WITHOUT ROWID;
  CREATE INDEX use_at ON use (at);
  CREATE TABLE counted (seq INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE);
  CREATE TABLE channel (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, payer_key BLOB NOT NULL, window_ms INTEGER NOT NULL,
    shared_at TEXT NOT NULL, base TEXT NOT NULL, deposited TEXT NOT NULL, paid TEXT NOT NULL, counted TEXT NOT NULL,
    signature BLOB, state TEXT NOT NULL, closes_at INTEGER NOT NULL, epoch TEXT NOT NULL, at INTEGER NOT NULL,
    shown TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX channel_address ON channel (address);
  CREATE INDEX channel_state ON channel (state);
`
/** Contact requests of strangers that were paid for (postings.ts). */
const POSTED = `
  CREATE TABLE posted (
    seq INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, pair BLOB NOT NULL, target BLOB NOT NULL, posting INTEGER NOT NULL,
    at INTEGER NOT NULL
  );
  CREATE INDEX posted_pair ON posted (pair);
`
/** From version 1, where all devices of an address had one channel and what the ledger knew of it was not kept. */
const ONE_CHANNEL_EACH = `
  ALTER TABLE account DROP COLUMN charged;
  ALTER TABLE account DROP COLUMN paid;
  ALTER TABLE use ADD COLUMN paid TEXT NOT NULL DEFAULT '0';
  UPDATE use SET charged = '0';
  ALTER TABLE channel ADD COLUMN shown TEXT NOT NULL DEFAULT '0';
  UPDATE channel SET shown = paid WHERE state = 'closed';
`
const WITH_POSTAGE = `ALTER TABLE use ADD COLUMN postage TEXT NOT NULL DEFAULT '0'; ${POSTED}`
/** From each version to the next. */
const UPGRADES = [ONE_CHANNEL_EACH, WITH_POSTAGE]
const VERSION = UPGRADES.length + 1

export type Row = Record<string, unknown>

/** A node's account book: one SQLite file, everything synchronous. */
export class FeeDatabase {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /** Opens or makes the file; `:memory:` for none. `number` names a new count. Throws `storage_damaged` or `unsupported_version`. */
  constructor(path: string, number: number) {
    try {
      if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
      this.#database = new DatabaseSync(path)
      // What was answered must survive the power's end: WAL alone would not, without FULL.
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000')
    } catch (cause) {
      throw new ParleyError('storage_damaged', "The node's account book cannot be opened.", { cause })
    }
    const version = Number(this.get('PRAGMA user_version')?.['user_version'])
    if (version > VERSION) {
      this.close()
      throw new ParleyError('unsupported_version', "The node's account book is of a newer version.")
    }
    const first = `${SCHEMA} ${POSTED} INSERT INTO meter VALUES (1, ${number});`
    const steps = version === 0 ? first : UPGRADES.slice(version - 1).join('')
    if (version < VERSION) this.#database.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${VERSION}; COMMIT`)
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values) as Row[]
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes)
  }

  /** A throw undoes all of it. Throws `storage_full` where the disk refuses, and what `work` throws as ParleyError. */
  transaction<T>(work: () => T): T {
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      const value = work()
      this.#database.exec('COMMIT')
      return value
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      if (cause instanceof ParleyError) throw cause
      throw new ParleyError('storage_full', 'The node cannot write to its disk.', { retryAfter: 5_000, cause })
    }
  }

  close(): void {
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
