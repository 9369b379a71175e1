/** The caller's own id of a payment and a hash of what it said: an id stands for one payment for ever, also for one that failed. */
export const paymentIds = `
ALTER TABLE transfers ADD COLUMN payment_id TEXT;
ALTER TABLE transfers ADD COLUMN payment_hash TEXT;
CREATE UNIQUE INDEX transfers_payment ON transfers (payment_id) WHERE payment_id IS NOT NULL;
`
