import { LOG_SIZES } from './schema-logs.ts'

export const SCHEMA_VERSION = 10

/** What counts a mailbox's quota, as triggers: it can never differ from the mail. */
const MAIL = `
  CREATE TABLE mail (
    seq INTEGER PRIMARY KEY, address TEXT NOT NULL, device TEXT NOT NULL, envelope_id TEXT NOT NULL,
    sender TEXT NOT NULL, request INTEGER NOT NULL, expires_at INTEGER NOT NULL, bytes BLOB NOT NULL, size INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX mail_id ON mail (address, device, envelope_id);
  CREATE INDEX mail_order ON mail (address, device, seq);
  CREATE INDEX mail_expiry ON mail (expires_at);
  CREATE TABLE quota (
    address TEXT NOT NULL, device TEXT NOT NULL, sender TEXT NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL,
    requests INTEGER NOT NULL, PRIMARY KEY (address, device, sender)
  ) WITHOUT ROWID;
  CREATE TRIGGER mail_added AFTER INSERT ON mail BEGIN
    INSERT INTO quota VALUES (new.address, new.device, new.sender, 1, new.size, new.request)
    ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + new.size, requests = requests + new.request;
  END;
  CREATE TRIGGER mail_removed AFTER DELETE ON mail BEGIN
    UPDATE quota SET count = count - 1, bytes = bytes - old.size, requests = requests - old.request
      WHERE address = old.address AND device = old.device AND sender = old.sender;
    DELETE FROM quota
      WHERE address = old.address AND device = old.device AND sender = old.sender AND count <= 0;
  END;
`

/**
 * Version 3. Every fact has its place (`seq`) in the one order of changes, counted in `state`; so the facts themselves are
 * the feed of changes, which holds only the newest of each and forgets with it. A device is kept for each address that
 * names it: nobody can take over another address's device by naming it too.
 */
const FACTS = `
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, incarnation TEXT NOT NULL, position INTEGER NOT NULL
  );
  INSERT INTO state VALUES (1, 0, lower(hex(randomblob(16))), 0);
  CREATE TABLE giver (process TEXT PRIMARY KEY, number INTEGER NOT NULL, position INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE device (
    address TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, certificate BLOB NOT NULL, issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, last_resort BLOB, last_resort_version INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (address, id)
  ) WITHOUT ROWID;
  CREATE INDEX device_id ON device (id);
  CREATE UNIQUE INDEX device_seq ON device (seq);
  CREATE INDEX device_expiry ON device (expires_at);
  CREATE TABLE owner (address TEXT PRIMARY KEY, version INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
  CREATE UNIQUE INDEX owner_seq ON owner (seq);
`

const REVOCATION = `
  CREATE TABLE IF NOT EXISTS revocation (
    seq INTEGER PRIMARY KEY, address TEXT NOT NULL, device TEXT NOT NULL, signed BLOB NOT NULL, UNIQUE (address, device)
  );
`
const KEPT = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE key_package (id INTEGER PRIMARY KEY, device TEXT NOT NULL, package BLOB NOT NULL);
  CREATE INDEX key_package_device ON key_package (device, id);
  CREATE TABLE allowed (owner TEXT NOT NULL, sender TEXT NOT NULL, PRIMARY KEY (owner, sender)) WITHOUT ROWID;
`

/**
 * Version 4: group logs (`overlay/log`), one row for each that this node keeps or knows of, and one for each decision of it. The totals
 * are triggers: they can never differ from the slots.
 */
const LOGS = `
  CREATE TABLE log (
    id TEXT PRIMARY KEY, view INTEGER NOT NULL, after INTEGER NOT NULL, members TEXT NOT NULL, previous TEXT NOT NULL,
    owner TEXT NOT NULL, held INTEGER NOT NULL, sealed INTEGER NOT NULL, used INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX log_owner ON log (owner);
  CREATE INDEX log_used ON log (used);
  CREATE TABLE log_slot (
    log TEXT NOT NULL, epoch INTEGER NOT NULL, promised_view INTEGER NOT NULL, promised INTEGER NOT NULL,
    accepted_view INTEGER NOT NULL, accepted INTEGER NOT NULL, value BLOB, decided INTEGER NOT NULL,
    UNIQUE (log, epoch)
  );
  CREATE TABLE log_total (log TEXT PRIMARY KEY, count INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER log_slot_added AFTER INSERT ON log_slot WHEN new.epoch >= 0 AND new.value IS NOT NULL BEGIN
    INSERT INTO log_total VALUES (new.log, 1, length(new.value))
    ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER log_slot_changed AFTER UPDATE OF value ON log_slot WHEN new.epoch >= 0 AND new.value IS NOT NULL BEGIN
    INSERT INTO log_total VALUES (new.log, old.value IS NULL, length(new.value) - coalesce(length(old.value), 0))
    ON CONFLICT DO UPDATE SET count = count + excluded.count, bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER log_slot_removed AFTER DELETE ON log_slot WHEN old.epoch >= 0 AND old.value IS NOT NULL BEGIN
    UPDATE log_total SET count = count - 1, bytes = bytes - length(old.value) WHERE log = old.log;
    DELETE FROM log_total WHERE log = old.log AND count <= 0;
  END;
`

/**
 * From version 2, or from 1, which had no revocations. Mail keeps its numbers, so that the order of arrival stays; everything else is
 * numbered behind it.
 */
const TO_VERSION_3 = `
  ${REVOCATION}
  ALTER TABLE device RENAME TO old_device;
  ALTER TABLE owner RENAME TO old_owner;
  ALTER TABLE revocation RENAME TO old_revocation;
  ALTER TABLE mail RENAME TO old_mail;
  DROP TRIGGER mail_added;
  DROP TRIGGER mail_removed;
  DROP INDEX mail_id;
  DROP INDEX mail_order;
  DROP INDEX mail_expiry;
  DROP INDEX device_address;
  DROP TABLE quota;
  ${MAIL}
  ${FACTS}
  ${REVOCATION}
  INSERT INTO mail (seq, address, device, envelope_id, sender, request, expires_at, bytes, size)
    SELECT seq, address, device, envelope_id, sender, request, old_mail.expires_at, bytes, size
      FROM old_mail JOIN old_device ON id = device ORDER BY seq;
  UPDATE state SET seq = (SELECT coalesce(max(seq), 0) FROM mail);
  INSERT INTO revocation SELECT (SELECT seq FROM state) + row_number() OVER (ORDER BY seq), address, device, signed
    FROM old_revocation;
  UPDATE state SET seq = seq + (SELECT count(*) FROM revocation);
  INSERT INTO device SELECT address, id, (SELECT seq FROM state) + row_number() OVER (ORDER BY address, id), certificate,
    0, expires_at, last_resort, 0 FROM old_device;
  UPDATE state SET seq = seq + (SELECT count(*) FROM device);
  INSERT INTO owner SELECT address, 0, (SELECT seq FROM state) + row_number() OVER (ORDER BY address) FROM old_owner;
  UPDATE state SET seq = seq + (SELECT count(*) FROM owner);
  DROP TABLE old_mail;
  DROP TABLE old_device;
  DROP TABLE old_owner;
  DROP TABLE old_revocation;
`

/** Version 5: who may write is signed. A list from before stands at this node until its device says it again, and is told to nobody. */
const SIGNED = `
  ALTER TABLE owner ADD COLUMN certificate BLOB NOT NULL DEFAULT x'';
  ALTER TABLE owner ADD COLUMN signature BLOB NOT NULL DEFAULT x'';
`

/**
 * Version 6: mail is told apart by its bytes, and that it was accepted is signed by its device. What was accepted before is forgotten:
 * devices know what they have. `sha256` is a function that the database is given.
 */
const DIGESTS = `
  ALTER TABLE mail ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
  UPDATE mail SET digest = sha256(bytes);
  DROP INDEX mail_id;
  CREATE UNIQUE INDEX mail_digest ON mail (address, device, digest);
  DROP TABLE IF EXISTS accepted;
  DROP TABLE IF EXISTS accepted_count;
  CREATE TABLE accepted (
    seq INTEGER PRIMARY KEY, address TEXT NOT NULL, device TEXT NOT NULL, digest BLOB NOT NULL, expires_at INTEGER NOT NULL,
    signature BLOB NOT NULL
  );
  CREATE UNIQUE INDEX accepted_digest ON accepted (address, device, digest);
  CREATE INDEX accepted_expiry ON accepted (expires_at);
  CREATE TABLE accepted_count (
    address TEXT NOT NULL, device TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (address, device)
  ) WITHOUT ROWID;
  CREATE TRIGGER accepted_added AFTER INSERT ON accepted BEGIN
    INSERT INTO accepted_count VALUES (new.address, new.device, 1) ON CONFLICT DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER accepted_removed AFTER DELETE ON accepted BEGIN
    UPDATE accepted_count SET count = count - 1 WHERE address = old.address AND device = old.device;
    DELETE FROM accepted_count WHERE address = old.address AND device = old.device AND count <= 0;
  END;
`

const counted = (table: string, bytes = '0') => `
  INSERT INTO total SELECT '${table}', count(*), coalesce(sum(${bytes}), 0) FROM ${table};
  CREATE TRIGGER ${table}_in_total AFTER INSERT ON ${table} BEGIN
    UPDATE total SET count = count + 1, bytes = bytes + ${bytes.replaceAll(/\b(size|package)\b/g, 'new.$1')} WHERE name = '${table}';
  END;
  CREATE TRIGGER ${table}_out_of_total AFTER DELETE ON ${table} BEGIN
    UPDATE total SET count = count - 1, bytes = bytes - ${bytes.replaceAll(/\b(size|package)\b/g, 'old.$1')} WHERE name = '${table}';
  END;
`

/** Version 7: what is kept in all, mail by its sender, key packages by their device, and when a device was seen. */
const TOTALS = `
  CREATE TABLE total (name TEXT PRIMARY KEY, count INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
  ${counted('mail', 'size')}
  ${counted('key_package', 'length(package)')}
  ${['accepted', 'device', 'owner', 'allowed', 'revocation'].map((table) => counted(table)).join('')}
  CREATE TABLE sent (sender TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO sent SELECT sender, sum(size) FROM mail GROUP BY sender;
  CREATE TRIGGER mail_in_sent AFTER INSERT ON mail BEGIN
    INSERT INTO sent VALUES (new.sender, new.size) ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER mail_out_of_sent AFTER DELETE ON mail BEGIN
    UPDATE sent SET bytes = bytes - old.size WHERE sender = old.sender;
    DELETE FROM sent WHERE sender = old.sender AND bytes <= 0;
  END;
  CREATE TABLE stock (device TEXT PRIMARY KEY, count INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX stock_bytes ON stock (bytes);
  INSERT INTO stock SELECT device, count(*), sum(length(package)) FROM key_package GROUP BY device;
  CREATE TRIGGER key_package_in_stock AFTER INSERT ON key_package BEGIN
    INSERT INTO stock VALUES (new.device, 1, length(new.package))
    ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
  END;
  CREATE TRIGGER key_package_out_of_stock AFTER DELETE ON key_package BEGIN
    UPDATE stock SET count = count - 1, bytes = bytes - length(old.package) WHERE device = old.device;
    DELETE FROM stock WHERE device = old.device AND count <= 0;
  END;
  ALTER TABLE device ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX device_seen ON device (seen_at);
`

/** Version 10: key packages are signed by their devices, which bring new ones at their next link; the others are forgotten. */
const SIGNED_PACKAGES = `
  DELETE FROM key_package;
  ALTER TABLE device ADD COLUMN last_resort_signature BLOB;
  UPDATE device SET last_resort = NULL, last_resort_version = 0;
`

/** What brings a database of `version` (0: empty) to SCHEMA_VERSION; empty where it is there. */
export function migration(version: number): string {
  if (version === 0)
    return KEPT + REVOCATION + MAIL + FACTS + LOGS + SIGNED + DIGESTS + TOTALS + LOG_SIZES + SIGNED_PACKAGES
  const steps = [
    [3, TO_VERSION_3],
    [4, LOGS],
    [5, SIGNED],
    [6, DIGESTS],
    [7, TOTALS],
    [9, LOG_SIZES],
    [10, SIGNED_PACKAGES],
  ] as const
  return steps.map(([to, step]) => (version < to ? step : '')).join('')
}
