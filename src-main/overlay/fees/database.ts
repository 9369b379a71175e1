import { SqliteFile } from '../state/index.ts'

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
  CREATE TABLE counted (
    seq INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, until INTEGER NOT NULL DEFAULT 0, owner BLOB NOT NULL
  );
  CREATE INDEX counted_owner ON counted (owner, until);
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
/** What was counted before is not known to be kept: a repeat of it is stored for its price. */
const KEPT_UNTIL = `ALTER TABLE counted ADD COLUMN until INTEGER NOT NULL DEFAULT 0;`
/** Whose it is that was counted before is not known: all of it is one owner's. */
const WITH_OWNER = `
  ALTER TABLE counted ADD COLUMN owner BLOB NOT NULL DEFAULT x'';
  CREATE INDEX counted_owner ON counted (owner, until);
`
/** From each version to the next. */
const UPGRADES = [ONE_CHANNEL_EACH, WITH_POSTAGE, KEPT_UNTIL, WITH_OWNER]
const VERSION = UPGRADES.length + 1

/** A node's account book: one SQLite file, everything synchronous. */
export class FeeDatabase extends SqliteFile {
  /** Opens or makes the file; `:memory:` for none. `number` names a new count. Throws `storage_damaged` or `unsupported_version`. */
  constructor(path: string, number: number) {
    const first = `${SCHEMA} ${POSTED} INSERT INTO meter VALUES (1, ${number});`
    const migration = (version: number) => (version === 0 ? first : UPGRADES.slice(version - 1).join(''))
    super({ path, name: "node's account book", version: VERSION, migration })
  }
}
