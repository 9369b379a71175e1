/** How many groups of a conversation came before one: of two that meet, the later one is gone on with. */
export const groupGenerations = `
ALTER TABLE groups ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
`
