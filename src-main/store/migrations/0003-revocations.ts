/** Devices that their owners took from their addresses: of contacts and of this address itself. Kept for good. */
export const revocations = `
CREATE TABLE revocations (
  address TEXT NOT NULL, device TEXT NOT NULL, signed BLOB NOT NULL, label TEXT NOT NULL, revoked_at INTEGER NOT NULL,
  PRIMARY KEY (address, device)
) STRICT, WITHOUT ROWID;
`
