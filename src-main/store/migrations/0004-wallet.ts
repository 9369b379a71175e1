/** Accounts, what the ledger told of them, notes, and requests for money in chats. */
export const wallet = `
ALTER TABLE transfers ADD COLUMN account INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transfers ADD COLUMN kind TEXT NOT NULL DEFAULT 'payment';
ALTER TABLE transfers ADD COLUMN request_id TEXT;
ALTER TABLE transfers ADD COLUMN refused_at INTEGER;
CREATE UNIQUE INDEX transfers_request ON transfers (request_id) WHERE request_id IS NOT NULL AND state <> 'failed';

CREATE TABLE accounts (
  number INTEGER PRIMARY KEY, address TEXT NOT NULL, name TEXT NOT NULL, balance TEXT, balance_at INTEGER,
  gaps TEXT NOT NULL DEFAULT '[]'
) STRICT;

CREATE TABLE activities (
  account INTEGER NOT NULL, digest TEXT NOT NULL, at INTEGER NOT NULL, kind TEXT NOT NULL, direction TEXT NOT NULL,
  counterparty TEXT, nanos TEXT NOT NULL, burned TEXT, deposit TEXT, relay TEXT, state TEXT NOT NULL, failure TEXT,
  synced INTEGER NOT NULL, PRIMARY KEY (account, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX activities_order ON activities (account, at, digest);
INSERT INTO activities
  SELECT 0, digest, at, 'payment', 'out', recipient, nanos, burned, deposit, relay, state, failure, 0 FROM transfers;

CREATE TABLE notes (digest TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE payment_requests (
  request_id TEXT PRIMARY KEY, chat TEXT NOT NULL, message_id TEXT NOT NULL UNIQUE, mine INTEGER NOT NULL,
  nanos TEXT NOT NULL, note TEXT NOT NULL, state TEXT NOT NULL, digest TEXT UNIQUE, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_requests_open ON payment_requests (nanos) WHERE state = 'open';
CREATE INDEX payment_requests_paying ON payment_requests (created_at) WHERE state = 'paying';

CREATE TABLE payment_answers (
  seq INTEGER PRIMARY KEY, chat TEXT NOT NULL, request_id TEXT NOT NULL, author TEXT NOT NULL, answer TEXT NOT NULL,
  digest TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (chat, request_id, author, answer, digest)
) STRICT;

ALTER TABLE messages ADD COLUMN request_id TEXT;
`
