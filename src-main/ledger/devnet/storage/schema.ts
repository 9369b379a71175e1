export const SCHEMA_VERSION = 2
/** The one before, which lacks `GAS_SUM`. */
export const WITHOUT_GAS = 1

/** What an address has to do with a transaction: a row of `address_index`. */
export const ROLE = { sender: 0, recipient: 1, party: 2 } as const
/** What a transaction did with an object: a row of `object_index`. */
export const USE = { changed: 0, gone: 1, input: 2 } as const

/** Of all transactions up to and with a checkpoint's. */
export const GAS_SUM = `
  CREATE TABLE gas_sum (
    number INTEGER PRIMARY KEY, computation TEXT NOT NULL, burned TEXT NOT NULL, storage TEXT NOT NULL, rebate TEXT NOT NULL
  );
`

/**
 * `checkpoint` is the chain; `object` its live state, written in the same transaction; the rest are indexes. Digests are
 * base58 text; addresses, object ids and packages are their 32 bytes; `number` is always a checkpoint's.
 */
export const SCHEMA = `
  CREATE TABLE checkpoint (
    number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, epoch INTEGER NOT NULL, time INTEGER NOT NULL,
    end_of_epoch INTEGER NOT NULL, total INTEGER NOT NULL, tx TEXT UNIQUE, bytes BLOB, signatures TEXT, execution BLOB
  );
  CREATE TABLE epoch (
    number INTEGER PRIMARY KEY, started_at INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER, ended_at INTEGER,
    digest TEXT
  );
  CREATE TABLE object (id BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE address_index (
    address BLOB NOT NULL, role INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (address, role, number)
  ) WITHOUT ROWID;
  CREATE TABLE object_index (
    id BLOB NOT NULL, use INTEGER NOT NULL, number INTEGER NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (id, use, number)
  ) WITHOUT ROWID;
  CREATE TABLE call_index (
    package BLOB NOT NULL, module TEXT NOT NULL, function TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (package, module, function, number)
  ) WITHOUT ROWID;
  CREATE TABLE event (
    number INTEGER NOT NULL, sequence INTEGER NOT NULL, sender BLOB NOT NULL, package BLOB NOT NULL, module TEXT NOT NULL,
    type TEXT NOT NULL, type_package BLOB NOT NULL, type_module TEXT NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (number, sequence)
  ) WITHOUT ROWID;
  CREATE INDEX event_sender ON event (sender, number, sequence);
  CREATE INDEX event_module ON event (package, module, number, sequence);
  CREATE INDEX event_type ON event (type, number, sequence);
  CREATE INDEX event_type_module ON event (type_package, type_module, number, sequence);
  CREATE INDEX event_time ON event (time, number, sequence);
  CREATE TABLE locked (id BLOB NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (id, version)) WITHOUT ROWID;
  ${GAS_SUM}
`
