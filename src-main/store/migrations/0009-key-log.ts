/**
 * Where a group stands in the log of its key updates, and this device's own update while the log has not decided: exactly
 * those bytes are given again, and the state after them is taken where they won.
 */
export const keyLog = `
ALTER TABLE groups ADD COLUMN log_id BLOB;
ALTER TABLE groups ADD COLUMN log_next INTEGER NOT NULL DEFAULT 0;
ALTER TABLE groups ADD COLUMN log_last BLOB;

CREATE TABLE group_updates (
  group_id BLOB PRIMARY KEY REFERENCES groups ON DELETE CASCADE, entry BLOB NOT NULL, next BLOB NOT NULL,
  created_at INTEGER NOT NULL, failures INTEGER NOT NULL
) STRICT;
`
