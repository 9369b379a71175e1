/** Contacts, chats, outbox, groups, key packages, transfers, settings. */
export const core = `
CREATE TABLE contacts (
  address TEXT PRIMARY KEY, name TEXT NOT NULL, their_name TEXT, note TEXT, state TEXT NOT NULL,
  verified INTEGER NOT NULL, added_at INTEGER NOT NULL, request_state TEXT, certificate BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, chat TEXT NOT NULL, author TEXT NOT NULL,
  outgoing INTEGER NOT NULL, text TEXT NOT NULL, clock_time INTEGER NOT NULL, clock_count INTEGER NOT NULL,
  sent_at INTEGER NOT NULL, received_at INTEGER NOT NULL, state TEXT NOT NULL, failure TEXT
) STRICT;
CREATE INDEX messages_order ON messages (chat, clock_time, clock_count, author, id);
CREATE INDEX messages_unread_by_them ON messages (chat, clock_time, clock_count, author, id)
  WHERE outgoing = 1 AND state <> 'read';

CREATE TABLE chats (
  chat TEXT PRIMARY KEY, last_time INTEGER NOT NULL, last_count INTEGER NOT NULL, unread INTEGER NOT NULL,
  read_time INTEGER NOT NULL DEFAULT -1, read_count INTEGER NOT NULL DEFAULT -1,
  read_author TEXT NOT NULL DEFAULT '', read_id TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, address TEXT NOT NULL,
  device TEXT NOT NULL, envelope BLOB NOT NULL, event BLOB, message_id TEXT, group_id BLOB, state TEXT NOT NULL,
  attempts INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (next_attempt_at);
CREATE INDEX outbox_address ON outbox (address);
CREATE INDEX outbox_message ON outbox (message_id);

CREATE TABLE seen (id TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);

CREATE TABLE groups (
  group_id BLOB PRIMARY KEY, chat TEXT NOT NULL, creator TEXT NOT NULL, state BLOB NOT NULL, active INTEGER NOT NULL,
  created_at INTEGER NOT NULL, messages_since_update INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX groups_chat ON groups (chat, created_at);

CREATE TABLE key_packages (
  id TEXT PRIMARY KEY, public_bytes BLOB NOT NULL, private_bytes BLOB NOT NULL, last_resort INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE transfers (
  seq INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL, nanos TEXT NOT NULL, burned TEXT NOT NULL,
  deposit TEXT NOT NULL, relay TEXT NOT NULL, bytes BLOB NOT NULL, signature BLOB NOT NULL, coins TEXT NOT NULL,
  state TEXT NOT NULL, failure TEXT, at INTEGER NOT NULL
) STRICT;
CREATE INDEX transfers_at ON transfers (at);
CREATE INDEX transfers_pending ON transfers (seq) WHERE state = 'pending';

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`
