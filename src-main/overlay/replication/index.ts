/**
 * Facts on several nodes: what a node writes goes to the others that keep it, what it missed it reads from them, and what it
 * is not to keep any more it hands on (docs/overlay.md).
 *
 *   const replication = new Replication({ state, map, peers, self, clock, log }, () => ledger.salts())
 *   const mailbox = new Mailbox(replication.state, clock) // a write is done when two home nodes have it
 *   services.push(replication.service)
 */
export { Replication } from './replication.ts'
export type { ReplicationParts, ReplicationPeers } from './types.ts'
