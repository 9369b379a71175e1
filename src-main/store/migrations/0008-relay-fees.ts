/** What this device used of nodes, and the one-way channels that pay them. NANOS are text, as everywhere. */
export const relayFees = `
CREATE TABLE relay_use (
  node TEXT PRIMARY KEY, meter TEXT NOT NULL, relayed TEXT NOT NULL, stored TEXT NOT NULL, promised TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE relay_credits (
  digest TEXT PRIMARY KEY, channel TEXT UNIQUE, node TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
  package TEXT NOT NULL, window_ms INTEGER NOT NULL, deposited TEXT NOT NULL, paid TEXT NOT NULL,
  closes_at INTEGER NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX relay_credits_node ON relay_credits (node, at);
`
