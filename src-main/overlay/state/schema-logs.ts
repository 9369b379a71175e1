import { RESERVED_BYTES, ROW_BYTES, SLOT_BYTES } from './log-sizes.ts'

/** What counted logs before, in any version. */
const TRIGGERS = [
  ...['log_added', 'log_changed', 'log_removed', 'log_in_total', 'log_size_in_total', 'log_out_of_total'],
  ...['log_slot_added', 'log_slot_changed', 'log_slot_removed'],
]

/** What a log counts for, with its founder and with the node by way of which it was founded. */
const added = `
    INSERT INTO log_founder VALUES (new.owner, new.via, 1, new.charge)
      ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;
    INSERT INTO log_via VALUES (new.via, 1, new.charge)
      ON CONFLICT DO UPDATE SET count = count + 1, bytes = bytes + excluded.bytes;`
const removed = `
    UPDATE log_founder SET count = count - 1, bytes = bytes - old.charge WHERE owner = old.owner AND via = old.via;
    DELETE FROM log_founder WHERE owner = old.owner AND via = old.via AND count <= 0;
    UPDATE log_via SET count = count - 1, bytes = bytes - old.charge WHERE via = old.via;
    DELETE FROM log_via WHERE via = old.via AND count <= 0;`

/**
 * Version 9: what group logs come to in all, by founder, and by the node that answers for their founding. `charge` is what a log counts for: at least RESERVED_BYTES from the moment that this
 * node keeps it (`held`), the row alone where others do, or where what was in it has been given up (`closed`) and nothing came since. Counted by
 * triggers: it can never differ from the slots. Logs of before, for which no node answers, go, and so does what tells that this node remembers all its votes.
 */
export const LOG_SIZES = `
  ${TRIGGERS.map((name) => `DROP TRIGGER IF EXISTS ${name};`).join(' ')}
  DROP TABLE IF EXISTS log_total;
  DROP TABLE IF EXISTS log_founder;
  DROP TABLE IF EXISTS log_via;
  DELETE FROM total WHERE name = 'log';
  DELETE FROM log_slot;
  DELETE FROM log;
  DELETE FROM meta WHERE name = 'logs_since_key';
  ALTER TABLE log ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE log ADD COLUMN via TEXT NOT NULL DEFAULT '';
  ALTER TABLE log ADD COLUMN proof BLOB NOT NULL DEFAULT x'';
  CREATE TABLE log_total (
    log TEXT PRIMARY KEY, owner TEXT NOT NULL, via TEXT NOT NULL, kept INTEGER NOT NULL, closed INTEGER NOT NULL, slots INTEGER NOT NULL,
    count INTEGER NOT NULL, bytes INTEGER NOT NULL,
    charge INTEGER NOT NULL AS (
      max((kept AND (count > 0 OR NOT closed)) * ${RESERVED_BYTES}, ${ROW_BYTES} + ${SLOT_BYTES} * slots + bytes)
    )
  ) WITHOUT ROWID;
  CREATE TABLE log_founder (
    owner TEXT NOT NULL, via TEXT NOT NULL, count INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (owner, via)
  ) WITHOUT ROWID;
  CREATE TABLE log_via (via TEXT PRIMARY KEY, count INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO total VALUES ('log', 0, 0);

  CREATE TRIGGER log_added AFTER INSERT ON log BEGIN
    INSERT INTO log_total (log, owner, via, kept, closed, slots, count, bytes)
      VALUES (new.id, new.owner, new.via, new.held <> 0, new.floor > 0, 0, 0, 0);
  END;
  CREATE TRIGGER log_changed AFTER UPDATE OF owner, via, held, floor ON log
    WHEN new.owner <> old.owner OR new.via <> old.via OR (new.held <> 0) <> (old.held <> 0) OR (new.floor > 0) <> (old.floor > 0) BEGIN
    UPDATE log_total SET owner = new.owner, via = new.via, kept = new.held <> 0, closed = new.floor > 0 WHERE log = new.id;
  END;
  CREATE TRIGGER log_removed AFTER DELETE ON log BEGIN
    DELETE FROM log_total WHERE log = old.id;
  END;

  CREATE TRIGGER log_slot_added AFTER INSERT ON log_slot WHEN new.epoch >= 0 BEGIN
    UPDATE log_total SET slots = slots + 1, count = count + (new.value IS NOT NULL),
      bytes = bytes + coalesce(length(new.value), 0) WHERE log = new.log;
  END;
  CREATE TRIGGER log_slot_changed AFTER UPDATE OF value ON log_slot WHEN new.epoch >= 0 AND new.value IS NOT old.value BEGIN
    UPDATE log_total SET count = count + (new.value IS NOT NULL) - (old.value IS NOT NULL),
      bytes = bytes + coalesce(length(new.value), 0) - coalesce(length(old.value), 0) WHERE log = new.log;
  END;
  CREATE TRIGGER log_slot_removed AFTER DELETE ON log_slot WHEN old.epoch >= 0 BEGIN
    UPDATE log_total SET slots = slots - 1, count = count - (old.value IS NOT NULL),
      bytes = bytes - coalesce(length(old.value), 0) WHERE log = old.log;
  END;

  CREATE TRIGGER log_in_total AFTER INSERT ON log_total BEGIN
    UPDATE total SET count = count + 1, bytes = bytes + new.charge WHERE name = 'log';
    ${added}
  END;
  CREATE TRIGGER log_size_in_total AFTER UPDATE ON log_total
    WHEN new.charge <> old.charge OR new.owner <> old.owner OR new.via <> old.via BEGIN
    UPDATE total SET bytes = bytes + new.charge - old.charge WHERE name = 'log';
    ${added}
    ${removed}
  END;
  CREATE TRIGGER log_out_of_total AFTER DELETE ON log_total BEGIN
    UPDATE total SET count = count - 1, bytes = bytes - old.charge WHERE name = 'log';
    ${removed}
  END;
`
