/**
 * What a node is due is kept apart from what it tells of its count. Sums that were promised before were counted otherwise: they are
 * let go, which costs one credit at each node at most.
 */
export const relayDues = `
ALTER TABLE relay_use ADD COLUMN due TEXT NOT NULL DEFAULT '0';
ALTER TABLE relay_use ADD COLUMN since_relayed TEXT NOT NULL DEFAULT '0';
ALTER TABLE relay_use ADD COLUMN since_stored TEXT NOT NULL DEFAULT '0';
ALTER TABLE relay_use ADD COLUMN open_relayed TEXT NOT NULL DEFAULT '0';
ALTER TABLE relay_use ADD COLUMN open_stored TEXT NOT NULL DEFAULT '0';
UPDATE relay_use SET promised = '0';
`
