/** Rooms by shared secret, and who was met in them: also those who left, for their names in the history. */
export const rooms = `
CREATE TABLE rooms (
  id TEXT PRIMARY KEY, root BLOB NOT NULL, secret TEXT NOT NULL, title TEXT NOT NULL, joined_at INTEGER NOT NULL,
  burned TEXT NOT NULL, deposit TEXT NOT NULL, relay TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE room_members (
  room TEXT NOT NULL, device TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL, ticket BLOB NOT NULL,
  gone INTEGER NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (room, device)
) STRICT, WITHOUT ROWID;
`
